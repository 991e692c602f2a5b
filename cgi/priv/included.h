#ifndef PRIV_INCLUDED_H
#define PRIV_INCLUDED_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

/*
 * The files that a list of CSF's includes ("Include PATH"), in one memory file:
 * "Include PATH" before each, then its lines, those that begin like an entry as
 * they are and all others empty, so that nothing else of it is told and lines
 * keep their numbers. One that is not read is "Include! PATH". Only root's
 * files below /etc, /var/lib and /usr/local, INCLUDED_MAX at most; a file that
 * is included includes no other.
 */
#define INCLUDED_MAX 16

/* The next path that the text of such a list includes; false behind the last. */
bool included_next(struct slice *rest, struct slice *path);

/* list is the path of CSF's own file without the leading '/'. ERR_NOT_FOUND: there
 * is none. */
int included_open(const char *list, struct err *e);

#endif
