#include <errno.h>
#include <string.h>
#include <strings.h>

#include "mail/port_verdict.h"

#define PROVIDER_WHY "every host asked is silent on 25 while another port connects, and the packets leave this server"
#define RESET_WHY "refused by a RST for every host asked: their own, this server's rules or something between"

/* ARP and neighbour discovery try for three seconds; a rule answers at once. */
#define NEIGHBOUR_MS 900

/* ---- our own ports ------------------------------------------------------ */

const char *in_verdict_name(enum in_verdict v)
{
	static const char *const names[] = {
		[IN_UNKNOWN] = "unknown", [IN_ANSWERS] = "answers",
		[IN_NOTHING_LISTENS] = "nothing listens",
		[IN_V4_ONLY] = "nothing listens, IPv4 alone is served", [IN_BLOCKED_HERE] = "blocked here",
		[IN_NOT_SERVED] = "not served",
	};

	return names[v];
}

static bool served_on_v4(const struct port_facts *p, unsigned port)
{
	for (size_t i = 0; i < p->nown; i++)
		if (p->own[i].port == port && p->own[i].family == 4 &&
		    p->own[i].listener)
			return true;
	return false;
}

struct in_view in_judge(const struct port_facts *p, const struct own_port *o)
{
	static const enum in_verdict by_talk[] = {
		[TALK_NOT_ASKED] = IN_UNKNOWN, [TALK_UNKNOWN] = IN_UNKNOWN,
		[TALK_REFUSED] = IN_BLOCKED_HERE, [TALK_UNREACHED] = IN_BLOCKED_HERE,
		[TALK_SILENT] = IN_NOT_SERVED, [TALK_CLOSED] = IN_NOT_SERVED,
		[TALK_NOT_SMTP] = IN_NOT_SERVED, [TALK_TLS_FAILS] = IN_NOT_SERVED,
		[TALK_TURNED_AWAY] = IN_NOT_SERVED, [TALK_ANSWERS] = IN_ANSWERS,
	};

	if (o->listener)
		return (struct in_view){ by_talk[o->talk.state], o->talk.why };
	if (o->family == 6 && served_on_v4(p, o->port))
		return (struct in_view){ IN_V4_ONLY, NULL };
	return (struct in_view){ IN_NOTHING_LISTENS, NULL };
}

/* ---- one connection ----------------------------------------------------- */

const char *out_verdict_name(enum out_verdict v)
{
	static const char *const names[] = {
		[OUT_UNKNOWN] = "unknown", [OUT_OPEN] = "open",
		[OUT_REDIRECTED] = "redirected", [OUT_OWN_FIREWALL] = "own firewall",
		[OUT_PROVIDER] = "provider", [OUT_ON_THE_WAY] = "on the way",
		[OUT_RESET_ALIKE] = "reset alike", [OUT_NO_WAY] = "no route",
		[OUT_NO_NEIGHBOUR] = "no neighbour", [OUT_FAR_END] = "far end",
	};

	return names[v];
}

enum class {
	CLASS_OPEN,
	CLASS_HOME,		/* it came out at ourselves */
	CLASS_OWN,		/* this server refused or dropped it */
	CLASS_NO_WAY,
	CLASS_NEIGHBOUR,
	CLASS_FAR,		/* the host itself sent an ICMP error */
	CLASS_WAY,		/* somebody between did */
	CLASS_RESET,
	CLASS_SILENT,
	CLASS_UNCLEAR,
	NCLASSES
};

/* A greeting "220 host …" that names this server. */
static bool greets_as(const char *banner, const char *hostname)
{
	size_t n = hostname ? strlen(hostname) : 0;

	if (!banner || !n || strlen(banner) < 4 + n || (banner[3] != ' ' && banner[3] != '-'))
		return false;
	banner += 4;
	return !strncasecmp(banner, hostname, n) && (!banner[n] || banner[n] == ' ');
}

static enum class class_of_error(const struct facts *f, const struct out_try *t)
{
	if (!facts_own_address(f, &t->offender) && !ip_is_loopback(&t->offender))
		return ip_equal(&t->offender, &t->to) ? CLASS_FAR : CLASS_WAY;
	return t->error == EHOSTUNREACH && t->ms >= NEIGHBOUR_MS ?
		CLASS_NEIGHBOUR : CLASS_OWN;
}

/* The errors of an "unreachable", "prohibit" or "blackhole" route come at once
 * and without an ICMP message; an older kernel (before 5.7) does not queue the
 * message of a firewall either, so EHOSTUNREACH stays unclear. */
static enum class class_of_failure(const struct out_try *t)
{
	return t->error == EACCES || t->error == EINVAL ? CLASS_NO_WAY : CLASS_UNCLEAR;
}

static enum class class_of(const struct facts *f, const struct out_try *t)
{
	switch (t->result) {
	case OUT_CONNECTED:
		return t->ends_here || greets_as(t->banner, f->hostname) ?
			CLASS_HOME : CLASS_OPEN;
	case OUT_TIMED_OUT: return t->kept_here ? CLASS_OWN : CLASS_SILENT;
	case OUT_RESET: return CLASS_RESET;
	case OUT_REJECTED: return class_of_error(f, t);
	case OUT_NO_ROUTE: return CLASS_NO_WAY;
	case OUT_FAILED: return class_of_failure(t);
	case OUT_NOT_TRIED: break;
	}
	return CLASS_UNCLEAR;
}

/* ---- one cell ----------------------------------------------------------- */

struct cell {
	const struct facts *facts;
	enum out_user user;
	unsigned port;
	int family;
	unsigned n, count[NCLASSES];
	const struct out_try *of[NCLASSES];	/* one of that class */
	bool owner;
};

static bool in_cell(const struct cell *c, const struct out_try *t)
{
	return t->user == c->user && t->port == c->port && t->to.family == c->family;
}

/* Another user reaches the very same place, which greets it: a connection alone
 * (465 waits for TLS) might have ended anywhere. */
static bool others_get_through(const struct cell *c, const struct out_try *t)
{
	const struct out_probe *p = &c->facts->ports.probe;

	for (size_t i = 0; i < p->ntries; i++) {
		const struct out_try *o = &p->tries[i];

		if (o->user != t->user && o->banner && o->port == t->port &&
		    ip_equal(&o->to, &t->to) &&
		    class_of(c->facts, o) == CLASS_OPEN)
			return true;
	}
	return false;
}

/* A lost packet makes a difference too: silence alone is none. */
static bool shows_a_rule(enum class k)
{
	return k == CLASS_HOME || k == CLASS_OWN || k == CLASS_RESET;
}

static void fill(struct cell *c)
{
	const struct out_probe *p = &c->facts->ports.probe;

	for (size_t i = 0; i < p->ntries; i++) {
		const struct out_try *t = &p->tries[i];
		enum class k;

		if (!in_cell(c, t))
			continue;
		k = class_of(c->facts, t);
		c->n++;
		c->count[k]++;
		c->of[k] = t;
		c->owner |= shows_a_rule(k) && others_get_through(c, t);
	}
}

/* Another port of the hosts asked connects, as whomever. */
static bool other_port_connects(const struct cell *c)
{
	const struct out_probe *p = &c->facts->ports.probe;

	for (size_t i = 0; i < p->ntries; i++)
		if (p->tries[i].port != c->port && p->tries[i].to.family == c->family &&
		    class_of(c->facts, &p->tries[i]) == CLASS_OPEN)
			return true;
	return false;
}

static struct out_view view(const struct cell *c, enum out_verdict v, const char *why)
{
	return (struct out_view){ .verdict = v, .owner = c->owner, .why = why,
		.hosts = c->n, .connected = c->count[CLASS_OPEN] };
}

/* Other users are asked of one host alone; where it fares as all hosts do for
 * Exim, that verdict is theirs. */
static bool fares_as_exim(const struct cell *c, enum out_verdict v, struct arena *a)
{
	return c->user != OUT_EXIM && c->user != OUT_ROOT &&
		out_judge(c->facts, OUT_EXIM, c->port, c->family, a).verdict == v;
}

static struct out_view silent(const struct cell *c, struct arena *a)
{
	if (fares_as_exim(c, OUT_PROVIDER, a))
		return view(c, OUT_PROVIDER, PROVIDER_WHY);
	if (c->port != 25)
		return view(c, OUT_UNKNOWN, "no host asked answers there, and they may not serve that port");
	if (c->n < 2)
		return view(c, OUT_UNKNOWN, "the one host asked does not answer; a second, unrelated one would tell more");
	if (!other_port_connects(c))
		return view(c, OUT_UNKNOWN, "no host asked answers, on any port; name one that serves 587 or 443 as well");
	return view(c, OUT_PROVIDER, PROVIDER_WHY);
}

static struct out_view reset(const struct cell *c, struct arena *a)
{
	if (c->owner)
		return view(c, OUT_OWN_FIREWALL, "refused at once, while another user of this server gets through");
	if (fares_as_exim(c, OUT_RESET_ALIKE, a))
		return view(c, OUT_RESET_ALIKE, RESET_WHY);
	if (c->port != 25)
		return view(c, OUT_UNKNOWN, "the hosts asked refuse it, and they may not serve that port");
	if (c->n < 2)
		return view(c, OUT_UNKNOWN, "refused by the one host asked or by something before it: a RST does not say");
	return view(c, OUT_RESET_ALIKE, RESET_WHY);
}

static struct out_view refused(const struct cell *c, enum class k,
			       enum out_verdict v, struct arena *a)
{
	const struct out_try *t = c->of[k];
	char by[IP_TEXT_MAX];
	struct out_view out = view(c, v, NULL);

	if (t->result == OUT_TIMED_OUT) {
		out.why = "dropped by this server: no packet of the connection left it";
		return out;
	}
	out.by = t->offender;
	out.why = arena_printf(a, "refused by %s%s", ip_text(by, &t->offender),
			       k == CLASS_OWN ? ", which is this server" :
			       k == CLASS_FAR ? ", the host asked" : "");
	return out;
}

/* The first row that has a try of its class, or nothing but such, decides. */
static const struct {
	enum class class;
	bool all;
	enum out_verdict verdict;
	const char *why;	/* NULL: refused() says */
} rows[] = {
	{ CLASS_HOME, false, OUT_REDIRECTED, "it ends at this server's own mail server, whatever host was asked for" },
	{ CLASS_OPEN, false, OUT_OPEN, NULL },
	{ CLASS_OWN, false, OUT_OWN_FIREWALL, NULL },
	{ CLASS_NO_WAY, true, OUT_NO_WAY, "this server has no route there, or no address to come from" },
	{ CLASS_NEIGHBOUR, true, OUT_NO_NEIGHBOUR, "the next router, or the host on the same network, does not answer" },
	{ CLASS_WAY, false, OUT_ON_THE_WAY, NULL },
	{ CLASS_FAR, true, OUT_FAR_END, NULL },
};

struct out_view out_judge(const struct facts *f, enum out_user user,
			  unsigned port, int family, struct arena *a)
{
	struct cell c = { .facts = f, .user = user, .port = port, .family = family };

	fill(&c);
	if (!c.n)
		return view(&c, OUT_UNKNOWN, "nobody was asked");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned n = c.count[rows[i].class];

		if (!n || (rows[i].all && n < c.n))
			continue;
		return rows[i].why || rows[i].class == CLASS_OPEN ?
			view(&c, rows[i].verdict, rows[i].why) :
			refused(&c, rows[i].class, rows[i].verdict, a);
	}
	if (c.count[CLASS_SILENT] == c.n)
		return silent(&c, a);
	if (c.count[CLASS_RESET] == c.n)
		return reset(&c, a);
	return view(&c, OUT_UNKNOWN, c.count[CLASS_UNCLEAR] == c.n ?
		    "the kernel does not say who refused" :
		    "the hosts asked fail in different ways");
}

/* ---- the log ------------------------------------------------------------ */

static const struct out_log *log_of(const struct facts *f, int family)
{
	return &f->ports.log[family == 6];
}

bool probe_counts(const struct facts *f, int family)
{
	const struct out_probe *p = &f->ports.probe;

	return p->present && p->at > f->now - PROBE_BELIEVED && p->at <= f->now &&
		log_of(f, family)->last_delivered <= p->at;
}

enum out_log_verdict out_log_judge(const struct facts *f, int family)
{
	const struct out_log *log = log_of(f, family);

	if (log->delivered)
		return OUT_LOG_OPEN;
	if (log->timed_out >= OUT_LOG_ATTEMPTS && log->hosts_failed >= OUT_LOG_HOSTS)
		return OUT_LOG_TIMES_OUT;
	return log->no_route ? OUT_LOG_NO_ROUTE : OUT_LOG_QUIET;
}
