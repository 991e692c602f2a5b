#ifndef PRIV_RELAY_FILE_H
#define PRIV_RELAY_FILE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* A list of client addresses in /etc, by its name there, whole. Larger ones are
 * refused. */
#define RELAY_FILE_MAX (1u << 20)

struct relay_file {
	struct slice text;	/* in the arena of relay_file_read */
	struct stat st;
};

/* ERR_NOT_FOUND: there is none; ERR_DENIED: it is not root's own. */
int relay_file_read(const char *name, struct arena *a, struct relay_file *f, struct err *e);
/* Replaces it whole, with its mode and group: Exim may read it as one of that group. */
int relay_file_write(const char *name, const struct relay_file *f, const struct buf *b,
		     struct err *e);

#endif
