#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/*
 * Many small files of one directory as one text, so that a hundred thousand of
 * them travel as one descriptor. Whoever packs looks at no content but for line
 * ends; a file cannot imitate another, because each of its lines is marked:
 *
 *	+shop.example		a file by its name: its lines follow
 *	=the first line
 *	=the second
 *	-other.example a symbolic link		not read, and why
 *	!PATH has more than ...	what follows here was not packed
 *
 * Only names that are a domain in lower case are taken, in the order of their
 * bytes. Links, FIFOs, devices, files with a second name, and files of more than
 * PACK_FILE_MAX bytes are not read; none is waited for or followed.
 */
#define PACK_FILE_MAX ((uint64_t)8 << 20)
#define PACK_NAMES_MAX 400000u

/* The directory `path` (relative, no "." or "..") below dirfd, packed into a memory
 * file at offset 0, which is the caller's; max bounds its size in bytes. -1:
 * ERR_NOT_FOUND when there is no such directory. */
int pack_directory(int dirfd, const char *path, uint64_t max, struct err *e);

/*
 * The same file by file, for whoever finds them in several directories: `out` is
 * written to as it fills, and max bounds what goes there. `shown` is the name in the
 * pack, without blanks and line ends. A file that is not there is passed over.
 */
struct pack {
	int out;
	uint64_t left;		/* bytes that may still be added */
	bool full, broken;
	struct buf waiting;
};

void pack_begin(struct pack *p, int out, uint64_t max);
void pack_file(struct pack *p, int dir, const char *name, const char *shown);
/* cut: not all files were found. 0, or -1 when out did not take it all. */
int pack_end(struct pack *p, bool cut);

/* The names in a directory that are fit, at most max, in the order of their bytes.
 * -1 with errno; *cut: there are more. */
int pack_names(int dir, bool (*fit)(const char *), size_t max, struct arena *a,
	       char ***names, size_t *n, bool *cut);

/* The plain files whose names begin as the pattern does ("a/b/begin_*") and go on with a
 * domain, packed by that domain alone: no content is read, what is no plain file is left
 * out. Otherwise as pack_directory. */
int pack_marks(int dirfd, const char *pattern, uint64_t max, struct err *e);

#endif
