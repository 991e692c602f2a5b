#include <string.h>
#include <unistd.h>

#include "priv/field.h"
#include "priv/lines.h"
#include "priv/panel.h"
#include "priv/routing.h"

/* The row of the domain: its mxcheck is there, detected may be "". */
static int read_row(const char *account, const char *domain, struct reply *reply,
		    struct err *e)
{
	const struct uapi_call c = {
		.account = account, .module = "Email", .function = "list_mxs",
		.key = { "domain" }, .value = { domain }, .lock = -1,
	};
	int fd, rc;

	fd = command_uapi_read(&c, e);
	if (fd < 0)
		return -1;
	rc = reply_read(fd, REPLY_ROUTING, domain, reply, e);
	close(fd);
	if (rc)
		return -1;
	if (reply->verdict != REPLY_OK)
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel does not tell the routing of %s: %s",
			       domain, reply->why);
	if (!reply->listed || !*reply->mxcheck)
		return err_set(e, ERR_NOT_FOUND,
			       "cPanel lists no routing for %s in the account %s",
			       domain, account);
	return 0;
}

static int routing_read(const char *account, const char *domain,
			char value[SETTING_MAX], struct err *e)
{
	struct reply reply;

	if (read_row(account, domain, &reply, e))
		return -1;
	field_print(value, SETTING_MAX, "%s", reply.mxcheck);
	return 0;
}

int routing_in_force(const char *account, const char *domain,
		     char value[SETTING_MAX], struct err *e)
{
	struct reply reply;

	if (!read_row(account, domain, &reply, e))
		field_print(value, SETTING_MAX, "%s (%s)", reply.mxcheck, reply.detected);
	else if (e->code == ERR_NOT_FOUND)
		field_print(value, SETTING_MAX, "none");
	else
		return -1;
	return 0;
}

static void request(const struct setting_act *x, struct reply *r)
{
	const struct uapi_call c = {
		.account = x->account, .module = "Email",
		.function = "set_always_accept",
		.key = { "domain", "mxcheck" }, .value = { x->name, x->value },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};

	panel_change(&c, REPLY_SET, r);
}

static int routing_write(const struct setting_act *x, char found[SETTING_MAX],
			 char note[256], struct err *e)
{
	struct reply r;

	request(x, &r);
	if (panel_read_back(&setting_routing, x, &r, found, note, e))
		return -1;
	/* Setting what was set already can only be judged by the reply. */
	if (r.verdict == REPLY_REFUSED && !strcmp(x->before, x->value))
		return err_set(e, ERR_UNAVAILABLE, "cPanel refused: %s", r.why);
	return 0;
}

/* What Exim's lists must say for each word: 'y' names the domain, 'n' does not,
 * '-' either (a backup also stands in remotedomains on some releases). */
static const struct {
	const char *path;
	char local, secondary, remote;
} lists[] = {
	{ "etc/localdomains", 'y', 'n', 'n' },
	{ "etc/remotedomains", 'n', '-', '-' },
	{ "etc/secondarymx", 'n', 'y', 'n' },
};

static int verify_lists(const char *domain, const char *word, struct err *e)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		char want = !strcmp(word, "local") ? lists[i].local :
			!strcmp(word, "secondary") ? lists[i].secondary : lists[i].remote;
		bool there;

		if (lines_have(lists[i].path, domain, &there, e))
			return -1;
		if (want != '-' && there != (want == 'y'))
			return err_set(e, ERR_UNAVAILABLE, there ?
				       "/%s still lists the domain" :
				       "/%s does not list the domain", lists[i].path);
	}
	return 0;
}

/* Automatically Detect is in force as what the panel made of it. */
static int routing_verify(const char *account, const char *domain,
			  const char *value, struct err *e)
{
	struct reply reply;

	if (strcmp(value, "auto"))
		return verify_lists(domain, value, e);
	if (read_row(account, domain, &reply, e))
		return -1;
	if (!*reply.detected)
		return err_set(e, ERR_UNAVAILABLE, "cPanel does not say what it detected");
	return verify_lists(domain, reply.detected, e);
}

const struct setting setting_routing = {
	.what = "the routing", .read = routing_read, .write = routing_write,
	.verify = routing_verify,
};
