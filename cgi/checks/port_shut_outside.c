#include <stdio.h>

#include "core/check.h"
#include "mail/outside.h"
#include "mail/port_evidence.h"

static bool leads_to(const struct mx_host *h, const struct ip *ip)
{
	for (size_t i = 0; h && i < h->nips; i++)
		if (ip_equal(&h->ips[i], ip))
			return true;
	return false;
}

/* The world is told to bring some domain's mail there. */
static bool takes_mail(const struct facts *f, const struct ip *ip)
{
	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];

		for (size_t k = 0; k < d->nmx; k++)
			if (leads_to(d->mx[k].host, ip))
				return true;
		if (leads_to(d->implicit, ip))
			return true;
	}
	return false;
}

static void tell(struct report *r, struct finding *x, const struct out_try *t,
		 const struct outside_view *v)
{
	char text[IP_TEXT_MAX];

	finding_evidence(r, x, "from outside", "port %u at %s: %s: %s", t->port,
			 ip_text(text, &t->to), outside_verdict_name(v->verdict), v->why);
}

/* An address that no MX leads to needs no port 25. */
static enum severity severity_of(const struct facts *f, const struct out_try *t)
{
	if (t->port != 25)
		return SEV_WARNING;
	return takes_mail(f, &t->to) ? SEV_CRITICAL : SEV_INFO;
}

/* answers: another of its addresses in that family does, on the same port. */
static struct finding *shut(const struct check *c, struct report *r, enum severity sev,
			    unsigned port, int family, bool answers)
{
	char name[24];
	struct finding *x;

	snprintf(name, sizeof(name), "%u/%s", port, port_family(family));
	x = report_add(r, c, sev, SUBJECT_PORT, name, answers ?
		       "Port %u of the server cannot be reached from here, which is outside, over %s at one of its addresses, and can at another" :
		       "Port %u of the server cannot be reached from here, which is outside, over %s",
		       port, port_family(family));
	finding_no_fix(r, x, "Scan on that server itself: it tells whether anything listens there, what its own firewall does, and whether it has banned the server that asks. Where all that is right, ask for what stands before it: the provider's firewall, a security group, a router.");
	return x;
}

/* One port in one family, at all addresses. */
static void judge(const struct check *c, const struct facts *f, unsigned port, int family,
		  struct report *r)
{
	enum severity worst = SEV_INFO;
	const struct out_try *t;
	bool any = false, answers = false;
	struct finding *x;

	for (size_t i = 0; (t = outside_next(f, &i));) {
		enum severity sev = severity_of(f, t);
		enum outside_verdict v = outside_judge(f, t, r->arena).verdict;

		if (t->port != port || t->to.family != family)
			continue;
		answers |= v == OUTSIDE_REACHABLE;
		if (v < OUTSIDE_REFUSED)
			continue;
		any = true;
		worst = sev < worst ? sev : worst;
	}
	if (!any)
		return;
	x = shut(c, r, worst, port, family, answers);
	for (size_t i = 0; (t = outside_next(f, &i));) {
		struct outside_view v = outside_judge(f, t, r->arena);

		if (t->port == port && t->to.family == family)
			tell(r, x, t, &v);
	}
	if (worst == SEV_INFO)
		finding_evidence(r, x, "DNS", "no domain's MX leads to it");
}

static struct finding *unknown(const struct check *c, const struct facts *f, struct report *r,
			       struct finding *x)
{
	return x ? x : report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER,
				  f->hostname ? f->hostname : "the server",
				  "Whether the server's mail ports can be reached from outside cannot be told");
}

static void untold(const struct check *c, const struct facts *f, struct report *r)
{
	struct finding *x = NULL;
	const struct out_try *t;

	if (f->ports.outside.why) {
		x = unknown(c, f, r, x);
		finding_evidence(r, x, "from outside", "%s", f->ports.outside.why);
	}
	for (size_t i = 0; (t = outside_next(f, &i));) {
		struct outside_view v = outside_judge(f, t, r->arena);

		if (v.verdict != OUTSIDE_UNKNOWN)
			continue;
		x = unknown(c, f, r, x);
		tell(r, x, t, &v);
	}
	if (x)
		finding_no_fix(r, x, "Name a host that is known to answer on these ports with --control, or ask from another server.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	static const unsigned ports[] = { 25, 465, 587 };

	if (!f->ports.outside.asked)
		return;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		for (int family = 4; family <= 6; family += 2)
			judge(c, f, ports[i], family, r);
	untold(c, f, r);
}

const struct check check_port_shut_outside = {
	.id = "port_shut_outside", .rule = "B18",
	.title = "A mail port of the server cannot be reached from outside",
	.why = "Other servers cannot deliver mail there, or customers cannot send theirs. What stands before a server's own firewall is seen from another server alone: scan --server URL --probe asks.",
	.who = "the server's administrator, or the network's provider",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_ADDRESSES,
	.run = run,
};
