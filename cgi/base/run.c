#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/run.h"

_Noreturn static void child(const struct command *c, int out, int errfd)
{
	static char *const no_environment[] = { NULL };
	sigset_t none;
	int in = c->input ? io_memfd("input", c->input, strlen(c->input)) :
		open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(errfd, 2) < 0)
		_exit(127);
	if (c->keep_fd >= 0)
		fcntl(c->keep_fd, F_SETFD, 0);
	execve(c->argv[0], (char *const *)(uintptr_t)c->argv, no_environment);
	_exit(127);
}

/* Standard output and standard error of a command: memory files. */
struct output {
	int out, errs;
};

/* Not by RLIMIT_FSIZE, which would also end a program that appends a line to a
 * log of its own that has grown past the limit. */
static bool is_too_much(const struct command *c, const struct output *o)
{
	struct stat out, errs;

	return fstat(o->out, &out) || fstat(o->errs, &errs) ||
		(uint64_t)out.st_size >= c->max_output ||
		(uint64_t)errs.st_size >= c->max_output;
}

/* Waits until pid has ended, the deadline has passed or it wrote too much. */
static int wait_for(const struct command *c, const struct output *o, pid_t pid,
		    int *status)
{
	int64_t deadline = io_monotonic_ms() + c->deadline_ms;
	struct timespec nap = { .tv_nsec = 500000 };

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -1;
		if (io_monotonic_ms() >= deadline || is_too_much(c, o))
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

/* To its end, one way or the other. */
static int run(const struct command *c, const struct output *o, int *status,
	       struct err *e)
{
	pid_t pid = fork();
	bool ended;

	if (pid < 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot start %s: %s", c->argv[0],
			       strerror(errno));
	if (pid == 0)
		child(c, o->out, o->errs);
	setpgid(pid, pid);
	ended = !wait_for(c, o, pid, status);
	if (!ended) {
		kill(-pid, SIGKILL);
		waitpid(pid, status, 0);
	}
	if (is_too_much(c, o))
		return err_set(e, ERR_LIMIT, "%s wrote more than %llu bytes",
			       c->argv[0], (unsigned long long)c->max_output);
	return ended ? 0 :
		err_set(e, ERR_UNAVAILABLE, "%s did not end within %lld s",
			c->argv[0], (long long)(c->deadline_ms + 999) / 1000);
}

/* out goes on where the program stopped writing. */
static int add_errors(const struct output *o, struct err *e)
{
	char piece[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(o->errs, piece, sizeof(piece), at)) > 0) {
		if (io_write_all(o->out, piece, (size_t)n))
			break;
		at += n;
	}
	return n ? err_set(e, ERR_UNAVAILABLE, "an output cannot be copied: %s",
			   strerror(errno)) : 0;
}

/* What a program's own children still hold of it they cannot write any more. */
static int seal(int out, const char *program, struct err *e)
{
	const int all = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

	if (!fcntl(out, F_ADD_SEALS, all) && lseek(out, 0, SEEK_SET) == 0)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "the output of %s cannot be sealed: %s",
		       program, strerror(errno));
}

int run_command(const struct command *c, struct command_result *r, struct err *e)
{
	struct output o = {
		memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING),
		memfd_create("errors", MFD_CLOEXEC),
	};
	int status, rc = -1;

	if (o.out < 0 || o.errs < 0) {
		err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno));
		goto out;
	}
	if (run(c, &o, &status, e))
		goto out;
	first_line(o.errs, r->first_error, sizeof(r->first_error));
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (r->status == 127) {
		err_set(e, ERR_UNAVAILABLE, "%s could not be run%s%s", c->argv[0],
			*r->first_error ? ": " : "", r->first_error);
		goto out;
	}
	rc = c->errors_too ? add_errors(&o, e) : 0;
	if (!rc)
		rc = seal(o.out, c->argv[0], e);
	r->out = o.out;
out:
	if (rc && o.out >= 0)
		close(o.out);
	if (o.errs >= 0)
		close(o.errs);
	return rc;
}
