/* Preloaded into the helper by the tests: the process kills itself just before
 * its KILL_AT-th step, a step being a call that leaves something behind. So
 * every point between two such calls can be tried. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static pid_t self;
static long left;

__attribute__((constructor)) static void start(void)
{
	const char *n = getenv("KILL_AT");

	self = getpid();
	left = n ? atol(n) : 0;
}

static void step(void)
{
	if (getpid() == self && left && --left == 0)
		kill(self, SIGKILL);
}

#define NEXT(type) ((type)dlsym(RTLD_NEXT, __func__))

int fsync(int fd)
{
	step();
	return NEXT(int (*)(int))(fd);
}

int renameat(int a, const char *from, int b, const char *to)
{
	step();
	return NEXT(int (*)(int, const char *, int, const char *))(a, from, b, to);
}

pid_t fork(void)
{
	step();
	return NEXT(pid_t (*)(void))();
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	pid_t got = NEXT(pid_t (*)(pid_t, int *, int))(pid, status, options);

	if (got == pid)
		step();
	return got;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	step();
	return NEXT(ssize_t (*)(int, const struct msghdr *, int))(fd, m, flags);
}
