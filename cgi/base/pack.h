#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stddef.h>
#include <stdint.h>

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

#endif
