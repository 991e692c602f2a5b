#include <string.h>
#include <strings.h>

#include "engine/explain_here.h"
#include "engine/scan.h"
#include "mail/exim_log.h"
#include "mail/forward_path.h"
#include "mail/log_verdict.h"
#include "mail/redirect.h"
#include "sources/exim.h"
#include "sources/lists.h"
#include "sources/relay.h"

struct look {
	struct world *w;
	const char *reseller;	/* or NULL */
	const struct explanation *x;
	struct arena *a;
	struct explanation_here *out;
	const char *recipient_domain, *sender_domain;	/* lower case; or NULL */
	struct facts domains;
	struct report report;
	struct relay_case relay;
};

__attribute__((format(printf, 3, 4)))
static void say(struct look *l, const char *source, const char *fmt, ...)
{
	struct explanation_here *out = l->out;
	va_list ap;

	if (out->n == HERE_EVIDENCE_MAX)
		return;
	va_start(ap, fmt);
	out->evidence[out->n++] = (struct here_evidence){
		source, arena_vprintf(l->a, fmt, ap),
	};
	va_end(ap);
}

static void miss(struct look *l, const char *what, const char *why)
{
	if (l->out->nmissing < HERE_MISSING_MAX)
		l->out->missing[l->out->nmissing++] = arena_printf(l->a, "%s: %s", what, why);
}

static const char *domain_of(struct look *l, const char *address)
{
	struct slice s = exim_log_domain(slice_of(address));
	char text[256];

	return address && s.n && text_take_domain(text, sizeof(text), s) ?
		arena_strdup(l->a, text) : NULL;
}

/* ---- domains ------------------------------------------------------------ */

static bool is_owned(struct look *l, const char *domain)
{
	const char *const only[] = { domain, NULL };
	const struct domain *d;
	struct facts f;

	memset(&f, 0, sizeof(f));
	lists_gather(l->w, NULL, 0, only, &f, l->a);
	d = facts_domain(&f, domain);
	return d && d->reseller && !strcmp(d->reseller, l->reseller);
}

/* The domain of the address, where who asks may be told of it. */
static const char *domain_told(struct look *l, const char *address)
{
	const char *domain = domain_of(l, address);

	return domain && (!l->reseller || is_owned(l, domain)) ? domain : NULL;
}

static bool is_here(const struct domain *d)
{
	return d && (d->owner || d->line[LIST_LOCAL] || d->line[LIST_SECONDARY]);
}

static const struct finding *finding_about(struct look *l, const char *domain)
{
	for (const struct finding *x = l->report.first; domain && x; x = x->next)
		if (x->kind == SUBJECT_DOMAIN && !strcmp(x->subject, domain) &&
		    (x->severity == SEV_CRITICAL || x->severity == SEV_WARNING))
			return x;
	return NULL;
}

/* That the recipient's own forwarder is part of a circle. */
static const struct finding *finding_of_forwarder(struct look *l)
{
	for (const struct finding *x = l->report.first; l->recipient_domain && x; x = x->next)
		if (x->kind == SUBJECT_FORWARDER && !strcasecmp(x->subject, l->x->recipient) &&
		    (!strcmp(x->check->rule, "E01") || !strcmp(x->check->rule, "E03")))
			return x;
	return NULL;
}

static void tell_domain(struct look *l, const char *whose, const char *name)
{
	const struct domain *d = name ? facts_domain(&l->domains, name) : NULL;
	const struct finding *x = finding_about(l, name);

	if (!name)
		return;
	if (is_here(d))
		say(l, whose, "%s is this server's: %s%s, %s in /etc/localdomains", name,
		    d->owner ? "account " : "no account has it", d->owner ? d->owner : "",
		    d->line[LIST_LOCAL] ? "it stands" : "it does not stand");
	else
		say(l, whose, "%s is not on this server: no account has it, and no list names it",
		    name);
	if (x)
		say(l, whose, "found here (%s): %s", x->id, x->text);
}

static void look_at_domains(struct look *l)
{
	const char *only[3] = { NULL, NULL, NULL };
	const struct source_status *s = &l->domains.source[SOURCE_DOMAINS];
	struct scan_options o = { .only = only };
	size_t n = 0;

	if (l->recipient_domain)
		only[n++] = l->recipient_domain;
	if (l->sender_domain && (!n || strcmp(only[0], l->sender_domain)))
		only[n++] = l->sender_domain;
	if (!n)
		return;
	scan_run(l->w, &o, l->a, &l->domains, &l->report);
	if (s->state != SOURCE_OK) {
		miss(l, "the domains of this server", s->why);
		return;
	}
	tell_domain(l, "the recipient's domain", l->recipient_domain);
	if (n == 2 || !l->recipient_domain)
		tell_domain(l, "the sender's domain", l->sender_domain);
	l->relay.all_known = true;
}

/* ---- forwarders ----------------------------------------------------------- */

#define STEPS_TOLD 12

/* Where it leads by the lines here, one line a step, when anything leads on. */
static void look_at_forwarders(struct look *l)
{
	char address[ADDRESS_TEXT_MAX];
	const struct domain *d;
	struct path_step *steps;
	const char *way = "";
	size_t n;

	if (l->domains.source[SOURCE_FORWARDERS].state != SOURCE_OK || !l->x->recipient ||
	    !redirect_address(address, slice_of(l->x->recipient)))
		return;
	d = facts_domain(&l->domains, strrchr(address, '@') + 1);
	n = forward_path(&l->domains.forwarding, address, d && d->line[LIST_LOCAL], &steps, l->a);
	if (n < 2)
		return;
	for (size_t i = 0; i < n && i < STEPS_TOLD; i++)
		way = arena_printf(l->a, "%s%s%s%s", way, i ? "; " : "",
				   steps[i].depth ? arena_printf(l->a, "%u: ", steps[i].depth) : "",
				   path_step_text(&steps[i], l->a));
	if (n > STEPS_TOLD)
		way = arena_printf(l->a, "%s; and %zu more", way, n - STEPS_TOLD);
	say(l, "the forwarders here", "%s", way);
}

/* Which end of the circle that the returned message shows is here. */
static void look_at_round(struct look *l)
{
	const struct received_round *r = &l->x->round;
	const char *host = l->domains.hostname;
	bool from = host && r->times && !strcasecmp(host, r->from);
	bool by = host && r->times && !strcasecmp(host, r->by);

	if (from || by)
		say(l, "this server", "%s is this server: look at what %s does with the mail, and at the forwarders and the Email Routing here",
		    from ? r->from : r->by, from ? r->by : r->from);
}

/* ---- Exim ---------------------------------------------------------------- */

static void look_at_route(struct look *l)
{
	static const char *const words[] = {
		[EXIM_ROUTE_LOCAL] = "delivers it on this server",
		[EXIM_ROUTE_REMOTE] = "hands it to another server",
		[EXIM_ROUTE_FAIL] = "would send it back",
		[EXIM_ROUTE_DEFER] = "would keep it and try again",
	};
	const char *to = l->x->recipient;
	struct exim_route r;
	struct err e;

	if (!to)
		return;
	if (exim_route_ask(l->w, to, l->a, &r, &e))
		miss(l, "Exim's route", e.code == ERR_INPUT ? "the recipient is no plain address" : e.text);
	else if (r.kind != EXIM_ROUTE_UNKNOWN)
		say(l, "Exim", "mail for %s: it %s%s%s%s%s", to, words[r.kind],
		    r.nhosts ? ", " : "", r.nhosts ? r.hosts[0].name : "",
		    r.why ? ": " : "", r.why ? r.why : "");
}

static void look_at_verdict(struct look *l, const struct ip *client)
{
	const struct relay_wish wish = {
		.client = *client, .port = 25,
		.sender = l->x->sender ? l->x->sender : "",
		.recipients = &l->x->recipient, .n = 1,
	};
	struct relay_answer got;
	const struct bh_answer *b = &got.session.answer[0];
	struct err e;

	if (relay_ask(l->w, &wish, l->a, &got, &e)) {
		miss(l, "Exim's verdict", e.text);
		return;
	}
	say(l, "Exim", "asked again now, without a login: %s (%u %s)%s%s",
	    bh_accepts(b) ? "it would accept" : "it would refuse", b->code, b->text,
	    b->decision.verb ? ", decided by " : "",
	    b->decision.verb ? arena_printf(l->a, "%s line %u", b->decision.file,
					    b->decision.line) : "");
}

/* ---- the client ---------------------------------------------------------- */

static void look_at_holds(struct look *l, const struct facts *f)
{
	const struct domain *d = l->sender_domain ?
		facts_domain(&l->domains, l->sender_domain) : NULL;

	for (size_t i = 0; d && d->owner && i < f->blocking.nholds; i++)
		if (!strcmp(f->blocking.holds[i].account, d->owner))
			say(l, "the sender's account", "outgoing mail of %s is %s", d->owner,
			    f->blocking.holds[i].suspended ? "suspended" : "held");
}

/* A login that came within a quarter of an hour before such a refusal of the client's. */
static void look_before(struct look *l, const struct facts *f, const struct ip *ip)
{
	for (size_t i = 0; i < f->log.nrows; i++) {
		const struct log_row *r = &f->log.rows[i];

		if (!log_row_is(r, "relay_unauth") || !ip_equal(&r->ip, ip))
			continue;
		if (!strcmp(r->rule, LOG_RULE_AFTER_LOGIN))
			l->relay.after = LOG_RULE_AFTER_LOGIN;
		else if (!strcmp(r->rule, LOG_RULE_UNADVERTISED) && !l->relay.after)
			l->relay.after = LOG_RULE_UNADVERTISED;
	}
	if (l->relay.after)
		say(l, "the client", "it was refused within 15 minutes of %s",
		    !strcmp(l->relay.after, LOG_RULE_AFTER_LOGIN) ? "a login of its address that failed" :
		    "a login of its address where none is offered, as without TLS");
}

static void look_at_client(struct look *l, const struct ip *ip)
{
	const struct log_login *near;
	struct address_look look;
	char text[IP_TEXT_MAX];
	struct report r;
	struct facts f;

	scan_address(l->w, ip, l->a, &f, &look, &r);
	near = log_login_near(&f.log, ip);
	l->relay.client_is_us = look.own || ip_is_loopback(ip);
	l->relay.client_known = look.client || near;
	if (l->relay.client_is_us)
		say(l, "the client", "%s is this server itself", ip_text(text, ip));
	else if (look.client)
		say(l, "the client", "from %s somebody has logged in lately: %s",
		    ip_text(text, ip), look.client->who);
	else if (near)
		say(l, "the client", "from the network of %s %s has logged in lately, to send or to read mail",
		    ip_text(text, ip), near->who);
	look_before(l, &f, ip);
	if (look.state == ADDRESS_BLOCKED)
		say(l, "the client", "%s is blocked here now: %s", ip_text(text, ip), look.why);
	if (f.source[SOURCE_LOG].state != SOURCE_OK) {
		miss(l, "earlier logins of the client", f.source[SOURCE_LOG].why);
		l->relay.all_known = false;
	}
	look_at_holds(l, &f);
}

/* ---- all ------------------------------------------------------------------ */

/* Whose domain a cause is about, where a finding about it can explain it. */
static const struct about {
	enum cause_class class;
	bool sender;
} abouts[] = {
	{ CAUSE_UNROUTEABLE, false }, { CAUSE_HOST_UNKNOWN_CPANEL, false },
	{ CAUSE_MX_DEAD, false }, { CAUSE_MX_IP, false }, { CAUSE_MX_NULL, false },
	{ CAUSE_MX_SELF, false }, { CAUSE_HOST_SELF, false },
	{ CAUSE_DNS_TEMPFAIL, false }, { CAUSE_NO_USER, false },
	{ CAUSE_RELAY_REMOTE_DENIED, false }, { CAUSE_RELAY_OTHER_MTA, false },
	{ CAUSE_SENDER_VERIFY_FAIL, true }, { CAUSE_SENDER_VERIFY_DEFER, true },
};

static void judge(struct look *l)
{
	struct explanation_here *out = l->out;

	if (out->cause.class == CAUSE_RELAY_UNAUTH) {
		if (l->reseller && !l->recipient_domain)
			return;		/* it may be another's here: the text alone speaks */
		l->relay.of_recipient = finding_about(l, l->recipient_domain);
		l->relay.recipient_here = l->recipient_domain &&
			is_here(facts_domain(&l->domains, l->recipient_domain));
		l->relay.sender_here = l->sender_domain &&
			is_here(facts_domain(&l->domains, l->sender_domain));
		l->relay.all_known = l->relay.all_known && l->recipient_domain && l->x->client;
		explanation_here_relay(out, &l->relay);
		return;
	}
	/* Its way may lead through accounts that are not the reseller's. */
	if (out->cause.class == CAUSE_LOOP && !l->reseller)
		out->finding = finding_of_forwarder(l);
	for (size_t i = 0; i < sizeof(abouts) / sizeof(*abouts); i++)
		if (abouts[i].class == out->cause.class)
			out->finding = finding_about(l, abouts[i].sender ? l->sender_domain :
						     l->recipient_domain);
}

/* Another server speaks: what we know of ourselves explains nothing of it. */
static bool is_of_another(const struct look *l)
{
	const char *host = l->domains.hostname, *by = l->x->reporter;

	return by && host && strcasecmp(by, host) != 0;
}

/* What may name or betray others. */
static void look_beyond(struct look *l)
{
	const struct explanation *x = l->x;
	struct ip client;

	look_at_forwarders(l);
	look_at_round(l);
	look_at_route(l);
	if (!x->client || !ip_parse(&client, x->client))
		return;
	look_at_client(l, &client);
	if (x->cause.class == CAUSE_RELAY_UNAUTH && x->recipient)
		look_at_verdict(l, &client);
}

void explain_here(struct world *w, const char *reseller, const struct explanation *x,
		  struct arena *a, struct explanation_here *out)
{
	struct look l = { .w = w, .reseller = reseller, .x = x, .a = a, .out = out };

	explanation_here_init(out, x);
	if (!cause_is_known(&x->cause))
		return;
	out->asked = true;
	l.recipient_domain = domain_told(&l, x->recipient);
	l.sender_domain = domain_told(&l, x->sender);
	look_at_domains(&l);
	if (reseller)
		miss(&l, "other domains, forwarders, Exim and the client",
		     "a reseller is told of the own domains alone");
	else
		look_beyond(&l);
	if (is_of_another(&l))
		say(&l, "this server", "the text is by %s, another server: what is found here need not be its reason",
		    x->reporter);
	else
		judge(&l);
}
