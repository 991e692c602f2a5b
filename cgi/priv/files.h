#ifndef PRIV_FILES_H
#define PRIV_FILES_H

#include <stddef.h>

#include "base/err.h"

/*
 * The files that the helper opens for others: a table of its own, so that no
 * path ever travels. Of those that hold secrets beside what is asked for only
 * the lines with known keys pass; none stands below a home directory. The descriptor is open for reading and the caller's.
 */
int files_open_row(const char *row, struct err *e);

/* A file of root's by its path without the leading '/', opened component by
 * component, never followed, at most max bytes. */
int files_open_roots(const char *path, size_t max, struct err *e);

/* The same of a file that is the account's or root's. */
int files_open_accounts(const char *path, size_t max, const char *account,
			struct err *e);

#endif
