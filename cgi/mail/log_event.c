#include <string.h>

#include "mail/log_event.h"

struct slice log_event_domain(const struct exim_log_line *x)
{
	struct slice address = x->rcpt.n ? x->rcpt : x->orig.n ? x->orig :
		x->addr.n ? x->addr : x->set_id.n ? x->set_id : x->sender;

	return exim_log_domain(address);
}

struct slice log_network_key(const struct ip *ip, char out[9])
{
	out[0] = (char)ip->family;
	memcpy(out + 1, ip->bytes, 8);
	return (struct slice){ out, ip->family == 4 ? 4 : 9 };
}

struct slice log_address_key(const struct ip *ip, char out[17])
{
	out[0] = (char)ip->family;
	memcpy(out + 1, ip->bytes, 16);
	return (struct slice){ out, ip->family == 4 ? 5 : 17 };
}

/* "@d.example" of "a@d.example". */
static struct slice claimed(struct slice sender)
{
	struct slice domain = exim_log_domain(sender);

	return domain.n ? (struct slice){ domain.p - 1, domain.n + 1 } : domain;
}

/* The account of a process here that handed a message over. */
static struct slice local_user(const struct exim_log_line *x)
{
	struct slice by = exim_log_field(x, "P");

	return !x->host.present && slice_starts(by, "local") ? exim_log_field(x, "U") :
		(struct slice){ NULL, 0 };
}

static struct slice account_of(const struct exim_log_line *x, const struct cause *c)
{
	struct slice user = exim_log_user(x);

	if (user.n)
		return user;
	if (x->type == EXIM_LOG_ARRIVAL)
		return local_user(x);
	return c->class == CAUSE_RELAY_UNAUTH ? claimed(x->sender) : user;
}

/*
 * The other end of a delivery counts where it is the smarthost: whoever else
 * refuses our mail is one of many. Only our own configuration makes Exim want to
 * log in somewhere; a stranger's server may say that it wants that of everybody.
 */
static bool is_smarthost(const struct exim_log_line *x, const struct cause *c)
{
	if (c->class == CAUSE_RELAY_REMOTE_DENIED || c->class == CAUSE_RELAY_OTHER_MTA)
		return !strcmp(c->rule, "A12");
	return c->class == CAUSE_AUTH_REQUIRED_UPSTREAM &&
		(x->type == EXIM_LOG_AUTH_FAIL_OUT || cause_place_of(x) == PLACE_HERE ||
		 cause_through_smarthost(x));
}

static bool is_client(const struct exim_log_line *x)
{
	return !x->flag[0] && x->type != EXIM_LOG_HOST_ERROR &&
		x->type != EXIM_LOG_AUTH_FAIL_OUT;
}

void log_event_read(struct slice line, struct log_event *out)
{
	const struct slice none = { NULL, 0 };
	struct exim_log_line x;
	bool smarthost, known;

	exim_log_parse_brief(line, &x);
	out->type = x.type;
	out->ts = x.ts;
	if (x.type == EXIM_LOG_CONTINUATION)
		return;
	out->cause = cause_of_line(&x);
	out->msgid = x.msgid;
	known = cause_is_known(&out->cause);
	out->domain = known && !x.truncated ? log_event_domain(&x) : none;
	out->account = known || x.type == EXIM_LOG_ARRIVAL ? account_of(&x, &out->cause) : none;
	smarthost = known && is_smarthost(&x, &out->cause);
	if (out->cause.class == CAUSE_AUTH_REQUIRED_UPSTREAM && !smarthost)
		out->cause.rule = "";
	out->login = x.type == EXIM_LOG_ARRIVAL && x.login.n && x.host.ip.family;
	out->client = is_client(&x);
	out->ip = smarthost || out->client || out->login ? x.host.ip :
		(struct ip){ .family = 0 };
}
