#ifndef PRIV_PLACE_H
#define PRIV_PLACE_H

#include <sys/types.h>

#include "base/err.h"

/*
 * A directory of the helper's own (its parent is root's): made when missing,
 * refused when it is a link, belongs to somebody else or can be written by
 * others. The descriptor is the caller's.
 */
int place_open(const char *path, mode_t mode, struct err *e);

/* A file in such a directory, to lock or to append to: made 0600 when missing,
 * never followed, and refused when it is another file's second name. */
int place_file(const char *path, int flags, struct err *e);

/* Removes what a helper that was killed was writing there (io_replace). The caller has
 * the lock under which files of that directory are written. */
void place_sweep(const char *path);

#endif
