#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/paths.h"
#include "priv/accounts.h"
#include "priv/as_account.h"
#include "priv/sandbox.h"

#define FIRST_ACCOUNT_UID 500	/* below: the system's own */
#define SECONDS 5		/* a home may lie on a server that is gone */

static int become(const struct passwd *as, gid_t group)
{
	static const struct rlimit seconds = { SECONDS, SECONDS }, none = { 0, 0 };

	if (initgroups(as->pw_name, group) || setresgid(group, group, group) ||
	    setresuid(as->pw_uid, as->pw_uid, as->pw_uid) || setuid(0) == 0)
		return -1;
	/* The account may not look into what was the helper a moment ago. */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		setrlimit(RLIMIT_CPU, &seconds) || setrlimit(RLIMIT_CORE, &none) ? -1 : 0;
}

/* All that comes before the end, in time. */
static int read_answer(int fd, size_t max, struct buf *b)
{
	int64_t end = io_monotonic_ms() + SECONDS * 1000;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char chunk[65536];
	ssize_t n;

	do {
		int64_t left = end - io_monotonic_ms();

		if (left <= 0 || poll(&p, 1, (int)left) != 1)
			return -1;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 || b->len + (size_t)n > max || buf_add(b, chunk, (size_t)n))
			return -1;
	} while (n);
	return 0;
}

/* Killed if it is not gone: whoever gave its end away may still sit there. */
static int end_child(pid_t pid, int rc)
{
	int status;

	if (rc)
		kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && !status ? rc : -1;
}

/* as is of the C library's own, and not asked for again. */
static int run_as(const struct passwd *as, gid_t group,
		  int (*work)(const struct passwd *as, const void *ctx, int out),
		  const void *ctx, size_t max, struct err *e)
{
	struct buf answer = BUF_INIT(max);
	int ends[2], rc, fd;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		sandbox_close_all_but(ends[1]);
		_exit(become(as, group) || work(as, ctx, ends[1]));
	}
	close(ends[1]);
	rc = pid < 0 ? -1 : read_answer(ends[0], max, &answer);
	close(ends[0]);
	rc = pid < 0 ? -1 : end_child(pid, rc);
	fd = rc ? -1 : io_memfd("account", answer.data ? answer.data : "", answer.len);
	buf_free(&answer);
	return fd >= 0 ? fd :
		err_set(e, ERR_UNAVAILABLE, "nobody could look as %s in time", as->pw_name);
}

int as_account(const char *account, int (*work)(const struct passwd *as, const void *ctx,
						int out),
	       const void *ctx, size_t max, struct err *e)
{
	const struct passwd *as;

	if (accounts_check(account, e))
		return -1;
	as = getpwnam(account);
	if (!as || as->pw_uid < FIRST_ACCOUNT_UID)
		return err_set(e, ERR_DENIED, "%s is no ordinary user of the system", account);
	return run_as(as, as->pw_gid, work, ctx, max, e);
}

/* cPanel's, and the distributions'. */
static bool runs_exim(const char *name)
{
	static const char *const names[] = { "mailnull", "exim", "Debian-exim" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

int as_mta(int (*work)(const struct passwd *as, const void *ctx, int out),
	   const void *ctx, size_t max, struct err *e)
{
	const struct passwd *as;
	struct stat st;

	if (lstat(PATH_QUEUE, &st) || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_NOT_FOUND, PATH_QUEUE " is no directory");
	as = st.st_uid ? getpwuid(st.st_uid) : NULL;
	if (!as || !runs_exim(as->pw_name))
		return err_set(e, ERR_DENIED, PATH_QUEUE " does not belong to Exim's user");
	/* Exim runs in the queue's group, of which its user need not be a member. */
	return run_as(as, st.st_gid ? st.st_gid : as->pw_gid, work, ctx, max, e);
}
