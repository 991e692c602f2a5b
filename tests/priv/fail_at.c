/* Preloaded by the tests into the helper, or, with OF_SQLITE, into a program that
 * keeps databases: its FAIL_AT-th call that wants room on a disk fails with errno
 * FAIL_WITH. With ENOSPC so do all that follow, as on a disk that is full, and the
 * first half of what is written gets there. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long left, with;

__attribute__((constructor)) static void start(void)
{
	const char *n = getenv("FAIL_AT"), *code = getenv("FAIL_WITH");

	left = n ? atol(n) : 0;
	with = code ? atol(code) : EIO;
}

/* Whether this call is one to fail. */
static bool fails(void)
{
	if (left <= 0 || --left)
		return false;
	if (with == ENOSPC)
		left = 1;
	errno = (int)with;
	return true;
}

#define NEXT(type) ((type)dlsym(RTLD_NEXT, __func__))

#ifdef OF_SQLITE
#define PAGES(name, off) \
ssize_t name(int fd, const void *p, size_t n, off at) \
{ \
	return fails() ? -1 : \
		NEXT(ssize_t (*)(int, const void *, size_t, off))(fd, p, n, at); \
}
PAGES(pwrite, off_t)
PAGES(pwrite64, off64_t)

#define CUT(name, off) \
int name(int fd, off n) \
{ \
	return fails() ? -1 : NEXT(int (*)(int, off))(fd, n); \
}
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define OPEN(name) \
int name(const char *path, int flags, ...) \
{ \
	va_list ap; \
	mode_t mode; \
\
	va_start(ap, flags); \
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0; \
	va_end(ap); \
	return flags & O_CREAT && fails() ? -1 : \
		NEXT(int (*)(const char *, int, ...))(path, flags, mode); \
}
OPEN(open)
OPEN(open64)

int fdatasync(int fd)
{
	return fails() ? -1 : NEXT(int (*)(int))(fd);
}
#else
/* A child reads what strangers wrote, and may ask the kernel for nothing more. */
pid_t fork(void)
{
	pid_t pid = NEXT(pid_t (*)(void))();

	if (pid == 0)
		left = 0;
	return pid;
}
#endif

ssize_t write(int fd, const void *p, size_t n)
{
	ssize_t (*next)(int, const void *, size_t) =
		NEXT(ssize_t (*)(int, const void *, size_t));
	struct stat st;

	if (left <= 0 || fd == STDERR_FILENO || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    !st.st_nlink ||	/* memory, no disk */
	    !fails())
		return next(fd, p, n);
	if (with == ENOSPC && n > 1 && next(fd, p, n / 2) < 0)
		abort();
	errno = (int)with;
	return -1;
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (flags & O_CREAT && fails())
		return -1;
	return NEXT(int (*)(int, const char *, int, ...))(dir, path, flags, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return fails() ? -1 : NEXT(int (*)(int, const char *, mode_t))(dir, path, mode);
}

int fsync(int fd)
{
	return fails() ? -1 : NEXT(int (*)(int))(fd);
}

int renameat(int a, const char *from, int b, const char *to)
{
	return fails() ? -1 :
		NEXT(int (*)(int, const char *, int, const char *))(a, from, b, to);
}
