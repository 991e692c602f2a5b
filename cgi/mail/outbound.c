#include <errno.h>
#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log.h"
#include "mail/outbound.h"

#define NAME_SIZE 254
#define FAILED_MAX 100		/* different hosts that are told apart */
/* In a host error "H=" follows time, zone, process and id of the message, also
 * behind what syslog writes before them. */
#define HOST_ERROR_BEFORE 160

/* One slot for each host remembered, written over: logs are long. */
struct host {
	char name[NAME_SIZE];
};

struct outbound_look {
	struct facts *facts;
	int64_t (*utc)(int64_t wall);
	struct host host[2][OUT_HOSTS];
	struct host last[2];
	struct ip failed[2][FAILED_MAX];
	/* The attempt counted last: its deferral may repeat it. */
	char msgid[24];
	struct ip ip;
};

struct outbound_look *outbound_look_new(struct facts *f, struct arena *a,
					int64_t (*utc)(int64_t wall))
{
	struct outbound_look *l = arena_zalloc(a, sizeof(*l));

	l->facts = f;
	l->utc = utc;
	return l;
}

/* ---- the host of a line ------------------------------------------------- */

struct far_host {
	char name[NAME_SIZE];
	struct ip ip;
	unsigned port;
};

static bool put_name(struct far_host *out, struct slice name)
{
	if (name.n >= NAME_SIZE || (name.n && memchr(name.p, '\0', name.n)))
		return false;
	if (name.n)
		memcpy(out->name, name.p, name.n);
	out->name[name.n] = '\0';
	return true;
}

/* "Connection timed out H=name [ip]: SMTP timeout …": behind the errno of a
 * deferral and its words, where no other line puts the host. */
static bool late_host(struct slice s, struct far_host *out)
{
	struct slice name, ip;
	size_t at;

	if (!cursor_find(s, " H=", &at))
		return false;
	s = cursor_drop(s, at + 3);
	name = slice_trim(slice_cut(&s, '['));
	ip = slice_cut(&s, ']');
	if (memchr(name.p, ' ', name.n))
		return false;
	out->port = slice_starts(s, ":") && !slice_starts(s, ": ") ? 0 : 25;
	return ip_read(&out->ip, ip) && put_name(out, name);
}

static bool host_of(const struct exim_log_line *x, struct far_host *out)
{
	if (x->host.present && !x->host.ambiguous) {
		out->ip = x->host.ip;
		out->port = x->host.port ? x->host.port : 25;
		return put_name(out, x->host.name);
	}
	return x->type == EXIM_LOG_DEFER && late_host(x->text, out);
}

/* ---- hosts to ask ------------------------------------------------------- */

static struct slice registrable(const char *name)
{
	size_t n = strlen(name), dots = 0, i = n;

	while (i && (name[i - 1] != '.' || ++dots < 2))
		i--;
	return (struct slice){ name + i, n - i };
}

/* Of one operator, as far as names and networks tell. */
static bool related(const char *a, const struct ip *x, const char *b,
		    const struct ip *y)
{
	struct slice da = registrable(a), db = registrable(b);

	return !memcmp(x->bytes, y->bytes, x->family == 4 ? 2 : 4) ||
		(da.n && da.n == db.n && !memcmp(da.p, db.p, da.n));
}

/* The latest first; a host pushes out the one it is related to. */
static void remember(struct outbound_look *l, const struct far_host *h)
{
	int i = h->ip.family == 6;
	struct out_log *log = &l->facts->ports.log[i];
	size_t at = 0;

	if (ip_is_private(&h->ip))
		return;
	while (at < log->nhosts && !related(h->name, &h->ip, log->host_name[at],
					    &log->host[at]))
		at++;
	if (at == OUT_HOSTS)
		at--;
	else if (at == log->nhosts)
		log->nhosts++;
	for (; at; at--) {
		log->host[at] = log->host[at - 1];
		l->host[i][at] = l->host[i][at - 1];
		log->host_name[at] = l->host[i][at].name;
	}
	log->host[0] = h->ip;
	memcpy(l->host[i][0].name, h->name, sizeof(h->name));
	log->host_name[0] = l->host[i][0].name;
}

/* ---- counting ----------------------------------------------------------- */

static bool is_recent(const struct outbound_look *l, int64_t at)
{
	int64_t now = l->facts->now;

	return at > now - OUT_LOG_SPAN && at <= now + OUT_LOG_SPAN;
}

static void delivered(struct outbound_look *l, const struct far_host *h, int64_t at)
{
	int i = h->ip.family == 6;
	struct out_log *log = &l->facts->ports.log[i];

	remember(l, h);
	log->delivered += is_recent(l, at);
	log->last_delivered = at;
	memcpy(l->last[i].name, h->name, sizeof(h->name));
	log->last_host = l->last[i].name;
}

static void count_host(struct outbound_look *l, struct out_log *log,
		       const struct ip *ip)
{
	struct ip *known = l->failed[ip->family == 6];

	for (unsigned i = 0; i < log->hosts_failed; i++)
		if (ip_equal(&known[i], ip))
			return;
	if (log->hosts_failed < FAILED_MAX)
		known[log->hosts_failed++] = *ip;
}

enum reason { TIMED_OUT, REFUSED, NO_ROUTE, NO_REASON };

static enum reason reason_of(const struct exim_log_line *x)
{
	static const struct {
		const char *error;	/* as a host error says it */
		int number;		/* as a deferral does */
		enum reason reason;
	} reasons[] = {
		{ "Connection timed out", ETIMEDOUT, TIMED_OUT },
		{ "SMTP timeout after initial connection", ETIMEDOUT, TIMED_OUT },
		{ "Connection refused", ECONNREFUSED, REFUSED },
		{ "Network is unreachable", ENETUNREACH, NO_ROUTE },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (x->type == EXIM_LOG_DEFER ? x->error == reasons[i].number :
		    slice_starts(x->text, reasons[i].error))
			return reasons[i].reason;
	return NO_REASON;
}

static void failed(struct outbound_look *l, const struct far_host *h, int64_t at,
		   const struct exim_log_line *x)
{
	struct out_log *log = &l->facts->ports.log[h->ip.family == 6];
	enum reason reason = reason_of(x);

	if (reason == NO_REASON)
		return;
	remember(l, h);
	if (!is_recent(l, at))
		return;
	log->timed_out += reason == TIMED_OUT;
	log->refused += reason == REFUSED;
	log->no_route += reason == NO_ROUTE;
	count_host(l, log, &h->ip);
}

/* ---- lines -------------------------------------------------------------- */

static bool is_remote(struct slice transport)
{
	static const char end[] = "remote_smtp";
	size_t n = sizeof(end) - 1;

	return transport.n >= n && !memcmp(transport.p + transport.n - n, end, n);
}

static bool is_repeated(struct outbound_look *l, const struct exim_log_line *x,
			const struct ip *ip)
{
	bool same = x->type == EXIM_LOG_DEFER && slice_eq(x->msgid, l->msgid) &&
		ip_equal(ip, &l->ip);
	size_t n = x->msgid.n < sizeof(l->msgid) ? x->msgid.n : 0;

	if (n)
		memcpy(l->msgid, x->msgid.p, n);
	l->msgid[n] = '\0';
	l->ip = *ip;
	return same;
}

/* Most lines are about something else: they are not read twice. */
static bool may_concern(struct slice line)
{
	size_t at;

	return cursor_find(line, "remote_smtp", &at) ||
		(cursor_find(line, " H=", &at) && at < HOST_ERROR_BEFORE);
}

void outbound_look_line(struct outbound_look *l, struct slice line)
{
	struct exim_log_line x;
	struct far_host h;

	if (!may_concern(line))
		return;
	exim_log_parse(line, &x);
	if (x.type != EXIM_LOG_HOST_ERROR && !((x.type == EXIM_LOG_DELIVERY ||
	      x.type == EXIM_LOG_DEFER) && is_remote(exim_log_field(&x, "T"))))
		return;
	if (!host_of(&x, &h) || h.port != 25 || ip_is_loopback(&h.ip) ||
	    facts_own_address(l->facts, &h.ip))
		return;
	if (x.type == EXIM_LOG_DELIVERY)
		delivered(l, &h, exim_log_utc(&x, l->utc));
	else if (!is_repeated(l, &x, &h.ip))
		failed(l, &h, exim_log_utc(&x, l->utc), &x);
}

bool outbound_is_failure(struct slice line)
{
	struct exim_log_line x;
	struct far_host h;

	if (!may_concern(line))
		return false;
	exim_log_parse(line, &x);
	return x.type == EXIM_LOG_HOST_ERROR && host_of(&x, &h) &&
		reason_of(&x) != NO_REASON;
}
