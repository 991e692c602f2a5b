#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/run.h"

_Noreturn static void child(const struct command *c, int out, int errfd)
{
	struct rlimit files = { c->max_output, c->max_output };
	static char *const no_environment[] = { NULL };
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(errfd, 2) < 0)
		_exit(127);
	if (c->keep_fd >= 0)
		fcntl(c->keep_fd, F_SETFD, 0);
	setrlimit(RLIMIT_FSIZE, &files);
	execve(c->argv[0], (char *const *)(uintptr_t)c->argv, no_environment);
	_exit(127);
}

/* Waits until pid has ended or the deadline has passed. */
static int wait_for(pid_t pid, int64_t deadline, int *status)
{
	struct timespec nap = { .tv_nsec = 500000 };

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -1;
		if (io_monotonic_ms() >= deadline)
			return -1;
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 8000000)
			nap.tv_nsec *= 2;
	}
}

static void first_line(int fd, char *out, size_t size)
{
	ssize_t n = pread(fd, out, size - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
}

int run_command(const struct command *c, struct command_result *r, struct err *e)
{
	int out = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int errs = memfd_create("errors", MFD_CLOEXEC);
	int64_t deadline = io_monotonic_ms() + c->deadline_ms;
	int status, rc = -1;
	struct stat st;
	pid_t pid;

	if (out < 0 || errs < 0) {
		err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno));
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		err_set(e, ERR_UNAVAILABLE, "cannot start %s: %s", c->argv[0],
			strerror(errno));
		goto out;
	}
	if (pid == 0)
		child(c, out, errs);
	setpgid(pid, pid);
	if (wait_for(pid, deadline, &status)) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		err_set(e, ERR_UNAVAILABLE, "%s did not end within %lld s",
			c->argv[0], (long long)(c->deadline_ms + 999) / 1000);
		goto out;
	}
	first_line(errs, r->first_error, sizeof(r->first_error));
	if (fstat(out, &st) || (uint64_t)st.st_size >= c->max_output) {
		err_set(e, ERR_LIMIT, "%s wrote more than %llu bytes", c->argv[0],
			(unsigned long long)c->max_output);
		goto out;
	}
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (r->status == 127) {
		err_set(e, ERR_UNAVAILABLE, "%s could not be run%s%s", c->argv[0],
			*r->first_error ? ": " : "", r->first_error);
		goto out;
	}
	fcntl(out, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	lseek(out, 0, SEEK_SET);
	r->out = out;
	out = -1;
	rc = 0;
out:
	if (out >= 0)
		close(out);
	if (errs >= 0)
		close(errs);
	return rc;
}
