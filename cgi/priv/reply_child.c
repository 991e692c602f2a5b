#include <errno.h>
#include <json-c/json.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/reply.h"
#include "priv/sandbox.h"
#include "priv/valid.h"

/* json-c seeds its hash from a device on first use (0.13): before the files go. */
static void warm_up(void)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "seed", NULL);
	json_object_put(o);
}

_Noreturn static void child(const struct passwd *as, int out,
			    enum reply_kind kind, const char *domain,
			    const char *text, size_t n)
{
	struct reply r;

	warm_up();
	if (sandbox_enter(as->pw_uid, as->pw_gid, out))
		_exit(2);
	reply_parse(kind, domain, text, n, &r);
	_exit(write(out, &r, sizeof(r)) == (ssize_t)sizeof(r) ? 0 : 3);
}

static bool zone_makes_sense(const struct reply_zone *z)
{
	char text[MX_LINES_MAX * (MX_HOST_MAX + 40)];
	struct mx_line lines[MX_LINES_MAX];

	if (z->n > MX_LINES_MAX)
		return false;
	for (uint32_t i = 0; i < z->n; i++) {
		if (!valid_array(z->mx[i].record.host, MX_HOST_MAX))
			return false;
		lines[i] = z->mx[i].record;
	}
	return mx_text_print(text, sizeof(text), lines, z->n);
}

/* What came out of the child is no more trusted than what went in. */
static int accept_answer(struct reply *r, ssize_t n, struct err *e)
{
	bool words;

	if (n != (ssize_t)sizeof(*r) || !valid_array(r->mxcheck, sizeof(r->mxcheck)) ||
	    !valid_array(r->detected, sizeof(r->detected)) ||
	    !valid_array(r->filter.name, sizeof(r->filter.name)) ||
	    !memchr(r->why, '\0', sizeof(r->why)))
		return err_set(e, ERR_UNAVAILABLE,
			       "the reader of the panel's reply gave no answer");
	words = (!*r->mxcheck || valid_mxcheck(r->mxcheck)) &&
		(!*r->detected || valid_mxcheck(r->detected));
	if (!words || !zone_makes_sense(&r->zone) || r->verdict < REPLY_UNCLEAR || r->verdict > REPLY_REFUSED)
		return err_set(e, ERR_UNAVAILABLE,
			       "the reader of the panel's reply made no sense");
	return 0;
}

static int ask_child(const struct passwd *as, enum reply_kind kind,
		     const char *domain, const char *text, size_t n,
		     struct reply *r, struct err *e)
{
	int ends[2], status;
	ssize_t got;
	pid_t pid;

	if (pipe(ends))
		return err_set(e, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		child(as, ends[1], kind, domain, text, n);
	close(ends[1]);
	got = pid < 0 ? -1 : read(ends[0], r, sizeof(*r));
	close(ends[0]);
	if (pid < 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot fork: %s", strerror(errno));
	if (waitpid(pid, &status, 0) != pid || status)
		got = -1;
	return accept_answer(r, got, e);
}

int reply_read(int fd, enum reply_kind kind, const char *domain,
	       struct reply *r, struct err *e)
{
	const struct passwd *as = getpwnam(ACCOUNT_PARSE);
	struct arena a = ARENA_INIT;
	char *text;
	size_t n;
	int rc;

	if (!as)
		return err_set(e, ERR_UNAVAILABLE,
			       "the account %s does not exist; install again",
			       ACCOUNT_PARSE);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_set(e, ERR_BUG, "the reply cannot be read");
	rc = io_read_all(fd, REPLY_MAX, &a, &text, &n, "the panel's reply", e);
	if (!rc)
		rc = ask_child(as, kind, domain, text, n, r, e);
	arena_clear(&a);
	return rc;
}
