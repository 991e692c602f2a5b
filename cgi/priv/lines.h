#ifndef PRIV_LINES_H
#define PRIV_LINES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/*
 * A file of root's whose lines begin with a key (up to a ':' or white space, case
 * ignored; a line that begins with white space has none), as Exim's lsearch and
 * the panel read /etc/localdomains and /etc/userdomains: what follows the key in
 * the first line that has it; its p is NULL when no line has.
 */
struct slice lines_value(struct slice text, const char *key);

/* The same of a file, in a; path has no leading '/'. -1 when the file is missing or
 * cannot be believed. */
int lines_find(const char *path, const char *key, struct arena *a,
	       struct slice *value, struct err *e);

/* The same where only that there is such a line counts; a missing file has none. */
int lines_have(const char *path, const char *key, bool *yes, struct err *e);

#endif
