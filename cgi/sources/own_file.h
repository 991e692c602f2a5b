#ifndef SOURCES_OWN_FILE_H
#define SOURCES_OWN_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/*
 * A small file that only its reader may have shaped: regular, not a symbolic
 * link, the caller's or root's, and with none of the permission bits in
 * `forbidden` (077: a secret; 022: to be trusted). Whoever could change it
 * could choose whom we trust or what we send. `what` names it in errors.
 */
#define OWN_FILE_MAX (1u << 20)

int own_file_read(const char *path, unsigned forbidden, const char *what,
		  struct arena *a, struct slice *out, struct err *e);

#endif
