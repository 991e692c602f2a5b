/* Preloaded into every program of a box whose clock the tests move (lab/clock.py): all
 * clocks, and the times of files, are as far ahead as the eight bytes at CLOCK say. Waits
 * for a moment are led back to the kernel's own clock. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_UPTIME 1000000000	/* later than that is a time of day */

static const volatile int64_t *ahead;

__attribute__((constructor)) static void start(void)
{
	int fd = open(CLOCK, O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		ahead = at;
	if (fd >= 0)
		close(fd);
}

static int64_t shift(void)
{
	return ahead ? *ahead : 0;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	if (!rc && id != CLOCK_PROCESS_CPUTIME_ID && id != CLOCK_THREAD_CPUTIME_ID)
		t->tv_sec += shift();
	return rc;
}

time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	*out = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
	return 0;
}

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
			   const struct timespec *restrict until)
{
	struct timespec t = *until;

	t.tv_sec -= shift();
	return pthread_cond_clockwait(c, m, until->tv_sec > LONGEST_UPTIME ? CLOCK_REALTIME :
				      CLOCK_MONOTONIC, &t);
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *t, struct timespec *rest)
{
	struct timespec until = *t;

	if (flags & TIMER_ABSTIME)
		until.tv_sec -= shift();
	return syscall(SYS_clock_nanosleep, id, flags, &until, rest) ? errno : 0;
}

/* ---- files ---- */

static int looked(int rc, struct stat *st)
{
	if (!rc) {
		st->st_mtim.tv_sec += shift();
		st->st_ctim.tv_sec += shift();
		st->st_atim.tv_sec += shift();
	}
	return rc;
}

int fstatat(int dir, const char *restrict name, struct stat *restrict st, int flags)
{
	return looked((int)syscall(SYS_newfstatat, dir, name, st, flags), st);
}

int fstat(int fd, struct stat *st)
{
	return looked((int)syscall(SYS_fstat, fd, st), st);
}

int stat(const char *restrict name, struct stat *restrict st)
{
	return fstatat(AT_FDCWD, name, st, 0);
}

int lstat(const char *restrict name, struct stat *restrict st)
{
	return fstatat(AT_FDCWD, name, st, AT_SYMLINK_NOFOLLOW);
}

#define SAME(name) __attribute__((alias(#name)))
int fstatat64(int, const char *, struct stat64 *, int) SAME(fstatat);
int fstat64(int, struct stat64 *) SAME(fstat);
int stat64(const char *, struct stat64 *) SAME(stat);
int lstat64(const char *, struct stat64 *) SAME(lstat);
