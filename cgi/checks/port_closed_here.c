#include "core/check.h"
#include "mail/port_evidence.h"

static bool has_own6(const struct facts *f, const struct mx_host *h)
{
	for (size_t i = 0; h && i < h->nips; i++)
		if (h->ips[i].family == 6 && facts_own_address(f, &h->ips[i]))
			return true;
	return false;
}

/* Mail for some domain is told to come to this server over IPv6. */
static bool mx_has_own6(const struct facts *f)
{
	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];

		for (size_t k = 0; k < d->nmx; k++)
			if (has_own6(f, d->mx[k].host))
				return true;
		if (has_own6(f, d->implicit))
			return true;
	}
	return false;
}

/* What each verdict says between the port and its family, and what to do. */
static const struct {
	const char *before, *after, *advice;	/* before NULL: no fault */
} texts[] = {
	[IN_UNKNOWN] = { NULL, NULL, NULL },
	[IN_ANSWERS] = { NULL, NULL, NULL },
	[IN_NOTHING_LISTENS] = { "Nothing listens on port", "",
		"Start the mail server, or switch the port on in WHM's Service Manager (“Exim Mail Server”, “Exim Mail Server (on another port)”)." },
	[IN_V4_ONLY] = { "Nothing listens on port", ", and MX records lead to this server's IPv6 address",
		"Let Exim listen on IPv6 as well (local_interfaces), or take the AAAA record of the mail exchanger away." },
	[IN_BLOCKED_HERE] = { "Something listens on port", ", but this server's own rules stand before it",
		"Look for the rule in this server's firewall that drops or rejects the port, for connections from itself too." },
	[IN_NOT_SERVED] = { "Something listens on port", ", but it does not answer as a mail server",
		"Look at the program that listens there and at its log, then restart it." },
};

/* Nothing listens on IPv4 either, and that is told already. */
static bool is_told_of_v4(const struct facts *f, const struct own_port *o)
{
	const struct port_facts *p = &f->ports;

	for (const struct own_port *v4 = p->own; v4 < o; v4++)
		if (v4->port == o->port && v4->family == 4 && v4->wanted)
			return o->family == 6;
	return false;
}

/* Of IPv6 only what the world is told to use counts. */
static bool is_fault(const struct facts *f, const struct own_port *o, enum in_verdict v)
{
	if (v == IN_V4_ONLY)
		return o->port == 25 && mx_has_own6(f);
	if (!o->wanted || !texts[v].before)
		return false;
	return v != IN_NOTHING_LISTENS || !is_told_of_v4(f, o);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->ports.nown; i++) {
		const struct own_port *o = &f->ports.own[i];
		enum in_verdict v = in_judge(&f->ports, o).verdict;
		const char *family = port_family(o->family);
		struct finding *x;

		if (!is_fault(f, o, v))
			continue;
		x = report_add(r, c, o->port == 25 && v != IN_V4_ONLY ?
			       SEV_CRITICAL : SEV_WARNING, SUBJECT_PORT,
			       arena_printf(r->arena, "%u/%s", o->port, family),
			       "%s %u over %s%s", texts[v].before, o->port, family,
			       texts[v].after);
		port_evidence_own(r, x, o);
		if (v != IN_NOTHING_LISTENS || !o->wanted)
			finding_no_fix(r, x, "%s", texts[v].advice);
	}
}

const struct check check_port_closed_here = {
	.id = "port_closed_here", .rule = "B18",
	.title = "A mail port that Exim should serve does not answer",
	.why = "Other servers (port 25) or people's mail programs (465, 587 and the extra port) cannot hand over mail there: they see a time-out or “connection refused”.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_EXIM | SRC_PORTS,
	.run = run,
	.fix = "enable_listener",
};
