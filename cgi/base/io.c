#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode) ? "a directory" : S_ISLNK(mode) ? "a symbolic link" :
		S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" :
		"a device";
}

static int check(int fd, const char *path, const struct io_expect *x,
		 struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNAVAILABLE, "%s is %s, not a regular file",
			       path, kind_of(st.st_mode));
	if (x->check_owner && st.st_uid != x->owner)
		return err_set(e, ERR_DENIED, "%s belongs to uid %u, not to uid %u",
			       path, (unsigned)st.st_uid, (unsigned)x->owner);
	if ((uint64_t)st.st_size > x->max_size)
		return err_set(e, ERR_LIMIT, "%s has %llu bytes; at most %llu are read",
			       path, (unsigned long long)st.st_size,
			       (unsigned long long)x->max_size);
	return 0;
}

/* One component: what stands at *path is opened, *path moves past it. */
static int step(int dirfd, const char **path, const char *whole, struct err *e)
{
	const char *slash = strchr(*path, '/');
	size_t n = slash ? (size_t)(slash - *path) : strlen(*path);
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	char name[256];
	struct stat st;
	int fd;

	if (n == 0 || n >= sizeof(name) || (*path)[0] == '.')
		return err_set(e, ERR_BUG, "%s is not a plain relative path", whole);
	memcpy(name, *path, n);
	name[n] = '\0';
	fd = openat(dirfd, name, slash ? flags | O_DIRECTORY : flags);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "/%s does not exist", whole);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR || errno == ENXIO) &&
	    !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_set(e, ERR_UNAVAILABLE, "%s: '%s' is %s, which is not followed",
			       whole, name, S_ISREG(st.st_mode) ? "a file" :
			       kind_of(st.st_mode));
	if (fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", whole, strerror(errno));
	*path = slash ? slash + 1 : *path + n;
	return fd;
}

int io_open_beneath(int dirfd, const char *path, const struct io_expect *x,
		    struct err *e)
{
	const char *at = path;
	int dir = dirfd, fd;

	do {
		fd = step(dir, &at, path, e);
		if (dir != dirfd)
			close(dir);
		if (fd < 0)
			return -1;
		dir = fd;
	} while (*at);
	if (check(fd, path, x, e)) {
		close(fd);
		return -1;
	}
	return fd;
}

int io_read_all(int fd, size_t max, struct arena *a, char **out, size_t *n,
		const char *what, struct err *e)
{
	size_t cap = 4096, len = 0;
	struct stat st;
	char *p;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		cap = (size_t)st.st_size + 1;
	if (cap > max + 1)
		cap = max + 1;
	p = arena_zalloc(a, cap + 1);
	for (;;) {
		ssize_t r = read(fd, p + len, cap - len);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_set(e, ERR_UNAVAILABLE, "%s: %s", what,
				       strerror(errno));
		if (r == 0)
			break;
		len += (size_t)r;
		if (len > max)
			return err_set(e, ERR_LIMIT, "%s has more than %zu bytes",
				       what, max);
		if (len == cap) {
			char *q = arena_zalloc(a, cap * 2 + 1);

			memcpy(q, p, len);
			p = q;
			cap *= 2;
		}
	}
	p[len] = '\0';
	*out = p;
	*n = len;
	return 0;
}

int io_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

static int replace(int dirfd, const char *name, mode_t mode,
		   const struct stat *like, const void *data, size_t n,
		   struct err *e)
{
	char temp[280];
	int fd;

	if (snprintf(temp, sizeof(temp), ".%s.new", name) >= (int)sizeof(temp))
		return err_set(e, ERR_BUG, "%s: name too long", name);
	unlinkat(dirfd, temp, 0);
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, mode);
	if (fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: cannot write: %s", name,
			       strerror(errno));
	if ((like && fchown(fd, like->st_uid, like->st_gid)) ||
	    fchmod(fd, mode) || io_write_all(fd, data, n) || fsync(fd)) {
		err_set(e, ERR_UNAVAILABLE, "%s: cannot write: %s", name,
			strerror(errno));
		goto undo;
	}
	if (renameat(dirfd, temp, dirfd, name)) {
		err_set(e, ERR_UNAVAILABLE, "%s: cannot rename into place: %s",
			name, strerror(errno));
		goto undo;
	}
	close(fd);
	if (fsync(dirfd))
		return err_set(e, ERR_UNAVAILABLE, "%s: directory not synced: %s",
			       name, strerror(errno));
	return 0;
undo:
	close(fd);
	unlinkat(dirfd, temp, 0);
	return -1;
}

int io_replace(int dirfd, const char *name, mode_t mode, const void *data,
	       size_t n, struct err *e)
{
	return replace(dirfd, name, mode, NULL, data, n, e);
}

int io_replace_like(int dirfd, const char *name, const struct stat *like,
		    const void *data, size_t n, struct err *e)
{
	return replace(dirfd, name, like->st_mode & 07777, like, data, n, e);
}

int io_memfd(const char *name, const void *data, size_t n)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (io_write_all(fd, data, n) || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int64_t io_monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
