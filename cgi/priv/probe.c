#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/accounts.h"
#include "priv/place.h"
#include "priv/probe.h"
#include "priv/sandbox.h"

#define TEXT_MAX (256u << 10)
#define GRACE_MS 1500		/* beyond what a child allows itself */
#define USERS_MAX 4
#define FIRST_ACCOUNT_UID 500	/* below: the system's own */

/* ---- as whom ------------------------------------------------------------ */

struct user {
	const char *word;	/* what the answer calls it */
	char name[ACCOUNT_MAX];
	uid_t uid;
	gid_t gid;
	bool own_groups;	/* the account's further groups as well */
	bool asks_all;		/* targets */
};

static bool known(struct user *u, const char *word, const char *name,
		  const char *group)
{
	const struct passwd *pw = getpwnam(name);
	const struct group *gr = group ? getgrnam(group) : NULL;

	if (!pw)
		return false;
	*u = (struct user){ .word = word, .uid = pw->pw_uid,
			    .gid = gr ? gr->gr_gid : pw->pw_gid };
	snprintf(u->name, sizeof(u->name), "%s", name);
	return true;
}

/* Exim's own user: cPanel's with the group it delivers with, the distributions'. */
static bool is_exim(struct user *u)
{
	return known(u, "exim", "mailnull", "mail") || known(u, "exim", "exim", NULL) ||
		known(u, "exim", "Debian-exim", NULL);
}

/* An account of the panel that the system knows as an ordinary user. */
static int account_of(struct user *u, const char *account, struct err *e)
{
	if (accounts_check(account, e))
		return -1;
	if (!known(u, "account", account, NULL))
		return err_set(e, ERR_NOT_FOUND, "the system has no user %s", account);
	u->own_groups = true;
	if (u->uid < FIRST_ACCOUNT_UID)
		return err_set(e, ERR_DENIED,
			       "%s has uid %u, which is the system's and no account's",
			       account, (unsigned)u->uid);
	return 0;
}

static int users_of(struct user out[USERS_MAX], size_t *n, const char *account,
		    struct err *e)
{
	*n = 0;
	out[(*n)++] = (struct user){ .word = "root", .uid = 0, .gid = 0 };
	*n += is_exim(&out[*n]);
	for (size_t i = 0; i < *n; i++)
		out[i].asks_all = true;
	*n += known(&out[*n], "nobody", "nobody", NULL);
	if (!*account)
		return 0;
	return account_of(&out[(*n)++], account, e);
}

static int become(const struct user *u)
{
	if (u->own_groups ? initgroups(u->name, u->gid) : setgroups(0, NULL))
		return -1;
	if (setresgid(u->gid, u->gid, u->gid) || setresuid(u->uid, u->uid, u->uid))
		return -1;
	return u->uid && setuid(0) == 0 ? -1 : 0;
}

/* ---- what --------------------------------------------------------------- */

struct probe {
	struct ip to[PROBE_TARGETS];
	uint16_t port[PROBE_PORTS];
	size_t nto, nports;
	struct buf text;
};

static void take_targets(struct probe *p, const char *targets)
{
	struct slice rest = slice_of(targets);
	char text[IP_TEXT_MAX];

	while (rest.n && p->nto < PROBE_TARGETS) {
		struct slice one = slice_cut(&rest, ',');

		snprintf(text, sizeof(text), "%.*s", (int)one.n, one.p);
		p->nto += ip_parse(&p->to[p->nto], text);
	}
}

static void take_ports(struct probe *p, const char *what)
{
	struct slice rest = { what, strcspn(what, " ") };
	uint64_t port;

	while (rest.n && p->nports < PROBE_PORTS)
		if (slice_uint(slice_cut(&rest, ','), 65535, &port))
			p->port[p->nports++] = (uint16_t)port;
}

static bool is_first_of_family(const struct probe *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (p->to[k].family == p->to[i].family)
			return false;
	return true;
}

/* Port 443 only says whether the host answers at all, which root can ask. */
static size_t tries_of(const struct probe *p, const struct user *u,
		       struct reach_try *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nto; i++)
		for (size_t k = 0; k < p->nports; k++)
			if ((u->asks_all || is_first_of_family(p, i)) &&
			    (p->port[k] != 443 || !u->uid))
				out[n++] = (struct reach_try){ p->to[i], p->port[k],
					p->port[k] != 443 && p->port[k] != 465 };
	return n;
}

/* ---- the children ------------------------------------------------------- */

_Noreturn static void child(const struct user *u, const struct reach_try *tries,
			    size_t n, int out)
{
	sandbox_close_all_but(out);
	alarm((REACH_MS + REACH_QUIT_MS + GRACE_MS) / 1000);
	if (become(u) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(2);
	reach_connect(tries, n, out);
	_exit(0);
}

/* Outcomes come one by one; one that is odd or late is none. */
static void collect(int in, int64_t until, struct reach_outcome *all, bool *got,
		    size_t n)
{
	struct reach_outcome o;

	for (;;) {
		struct pollfd p = { .fd = in, .events = POLLIN };
		int64_t rest = until - io_monotonic_ms();

		if (rest <= 0 || poll(&p, 1, (int)rest) <= 0 ||
		    read(in, &o, sizeof(o)) != (ssize_t)sizeof(o))
			return;
		if (o.index >= n || o.nbanner > REACH_BANNER)
			continue;
		all[o.index] = o;
		got[o.index] = true;
	}
}

/* A user's connections at work. */
struct running {
	const struct user *user;
	struct reach_try tries[REACH_MAX];
	size_t n;
	pid_t pid;
	int in;		/* where its outcomes come from */
};

static int begin(struct running *r, const struct probe *p, const struct user *u,
		 struct err *e)
{
	int ends[2];

	r->user = u;
	r->n = tries_of(p, u, r->tries);
	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
	r->pid = fork();
	if (r->pid == 0)
		child(u, r->tries, r->n, ends[1]);
	close(ends[1]);
	r->in = ends[0];
	if (r->pid > 0)
		return 0;
	close(r->in);
	return err_set(e, ERR_UNAVAILABLE, "cannot fork: %s", strerror(errno));
}

/* Whatever it has told until then is in the answer. */
static void end(struct running *r, struct probe *p, int64_t until)
{
	struct reach_outcome all[REACH_MAX];
	bool got[REACH_MAX] = { false };

	collect(r->in, until, all, got, r->n);
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	close(r->in);
	for (size_t i = 0; i < r->n; i++)
		reach_print(&p->text, r->user->word, &r->tries[i], got[i] ? &all[i] : NULL);
}

/* All users at the same time. */
static int as_users(struct probe *p, const struct user *users, size_t n,
		    struct err *e)
{
	int64_t until = io_monotonic_ms() + REACH_MS + REACH_QUIT_MS + GRACE_MS;
	struct running all[USERS_MAX];
	size_t begun = 0;
	int rc = 0;

	while (begun < n && !(rc = begin(&all[begun], p, &users[begun], e)))
		begun++;
	for (size_t i = 0; i < begun; i++)
		end(&all[i], p, until);
	return rc;
}

/* ---- not too often ------------------------------------------------------ */

static int64_t since_boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The file holds when the last probe ended; whoever probes holds its lock. */
static int take_turn(struct err *e)
{
	int fd = place_file(PATH_PROBE_LAST, O_RDWR, e);
	int64_t last, now = since_boot_ms();

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err_set(e, ERR_LIMIT, "another probe is at work; there is one at a time");
	} else if (pread(fd, &last, sizeof(last), 0) == (ssize_t)sizeof(last) &&
		   last <= now && now - last < PROBE_GAP_MS) {
		err_set(e, ERR_LIMIT,
			"the last probe was %lld s ago; there is one a minute, try again in %lld s",
			(long long)(now - last) / 1000,
			(long long)(PROBE_GAP_MS - (now - last) + 999) / 1000);
	} else {
		return fd;
	}
	close(fd);
	return -1;
}

static int note_turn(int fd, struct err *e)
{
	int64_t now = since_boot_ms();

	if (pwrite(fd, &now, sizeof(now), 0) == (ssize_t)sizeof(now))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "%s cannot be written: %s",
		       PATH_PROBE_LAST, strerror(errno));
}

/* ----------------------------------------------------------------------- */

static int keep(const struct buf *text, struct err *e)
{
	int dir = place_open(PATH_STATE, 0755, e), rc;

	if (dir < 0)
		return -1;
	rc = io_replace(dir, "probe", 0600, text->data, text->len, e);
	close(dir);
	return rc;
}

static int answer(const struct buf *text, struct err *e)
{
	int fd;

	if (keep(text, e))
		return -1;
	fd = io_memfd("probe", text->data, text->len);
	return fd < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file: %s",
				strerror(errno)) : fd;
}

int probe_run(const char *targets, const char *what, struct err *e)
{
	const char *blank = strchr(what, ' '), *account = blank ? blank + 1 : "";
	struct probe p = { .text = BUF_INIT(TEXT_MAX) };
	struct user users[USERS_MAX];
	int turn, fd = -1;
	size_t n;

	if (users_of(users, &n, account, e) || (turn = take_turn(e)) < 0)
		return -1;
	take_targets(&p, targets);
	take_ports(&p, what);
	buf_printf(&p.text, "probe 1 %lld %s\n", (long long)time(NULL),
		   *account ? account : "-");
	if (!note_turn(turn, e) && !as_users(&p, users, n, e) && !note_turn(turn, e))
		fd = answer(&p.text, e);
	close(turn);
	buf_free(&p.text);
	return fd;
}
