#ifndef BASE_IO_H
#define BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* What a file must be before its content is believed. */
struct io_expect {
	uint64_t max_size;	/* bytes; a larger file is ERR_LIMIT */
	bool check_owner;
	uid_t owner;		/* when check_owner */
};

/*
 * Opens `path` (relative, no "." or ".." components) for reading below dirfd,
 * component by component with openat(O_NOFOLLOW), so that neither a symbolic
 * link nor a FIFO anywhere on the way is followed or waited for; then fstat:
 * a regular file, the expected owner, within max_size. Returns the descriptor
 * (close-on-exec) or -1. ENOENT is ERR_NOT_FOUND; all else names the path and
 * what it is. (openat2 would do this in one call but is missing on EL8.)
 */
int io_open_beneath(int dirfd, const char *path, const struct io_expect *x,
		    struct err *e);

/* All of fd from its present offset, at most max bytes; NUL-terminated in a.
 * *n is the length without the NUL. `what` names it in errors. */
int io_read_all(int fd, size_t max, struct arena *a, char **out, size_t *n,
		const char *what, struct err *e);
/* 0 or -1 with errno; goes on after EINTR and short writes. */
int io_write_all(int fd, const void *p, size_t n);
/*
 * Replaces dirfd/name by data: temporary file (mode), write, fsync, rename,
 * fsync of the directory. On failure the old file stands and no temporary is
 * left behind.
 */
int io_replace(int dirfd, const char *name, mode_t mode, const void *data,
	       size_t n, struct err *e);
/* The same with mode, owner and group of what it replaces. */
struct stat;
int io_replace_like(int dirfd, const char *name, const struct stat *like,
		    const void *data, size_t n, struct err *e);
/* A sealed-size anonymous file holding data, offset 0; -1 with errno. */
int io_memfd(const char *name, const void *data, size_t n);

int64_t io_monotonic_ms(void);

#endif
