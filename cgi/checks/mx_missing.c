#include <string.h>

#include "core/check.h"
#include "mail/mx_plan.h"
#include "mail/routing_evidence.h"
#include "mail/zone_evidence.h"

/* Below another domain of the same account: the names of web sites, to which
 * nobody writes. */
static bool is_part_of_another(const struct facts *f, const struct domain *d)
{
	const char *dot = d->name;

	while (d->owner && (dot = strchr(dot, '.'))) {
		const struct domain *above = facts_domain(f, ++dot);

		if (above && above->owner && !strcmp(above->owner, d->owner))
			return true;
	}
	return false;
}

/* Where the lack of an MX is all there is to say: not while its address is not
 * known, nor where the routing finding says that its mail is refused here. A
 * server's own name needs none. */
static bool concerns(const struct facts *f, const struct domain *d)
{
	return d->mx_status == DNS_NODATA && d->implicit && domain_is_public(d) &&
		d->routing != ROUTING_REMOTE_MX_HERE &&
		!domain_is_the_server(f, d) &&
		mx_look(d).side != MX_UNKNOWN &&
		(domain_more(d)->arrivals.count || !is_part_of_another(f, d));
}

static void say(const struct check *c, const struct facts *f,
		const struct domain *d, struct report *r)
{
	static const char *const clauses[] = {
		[MX_HERE] = "has no MX record; its mail comes here because its own address is this server",
		[MX_ELSEWHERE] = "has no MX record, so its mail goes to its web site's address, which is not this server",
		[MX_NONE] = "has neither an MX record nor an address, so no mail can be sent to it",
	};
	enum mx_side side = mx_look(d).side;
	bool lost = side != MX_HERE && d->line[LIST_LOCAL];
	struct finding *x = report_add(r, c, lost ? SEV_WARNING : SEV_INFO,
				       SUBJECT_DOMAIN, d->name, "%s %s",
				       d->name, clauses[side]);

	exchanger_evidence(r, x, d);
	if (mx_plan_offered(d))
		return;
	zone_letter(r, x, d, side == MX_HERE && f->hostname ?
		    arena_printf(r->arena, "10 %s", f->hostname) :
		    "the host that takes the domain's mail, as 10 HOST",
		    "without an MX record mail goes to the address of the web site.");
	finding_no_fix(r, x, side == MX_HERE ?
		"Add an MX record that names this server, so that mail stays here when the web site moves." :
		"Add an MX record that names the domain's mail server. If the domain is not meant to get mail, an MX of “0 .” says so.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++)
		if (concerns(f, facts_notable(f, i)))
			say(c, f, facts_notable(f, i), r);
}

const struct check check_mx_missing = {
	.id = "mx_missing", .rule = "C11",
	.title = "The domain has no MX record",
	.why = "Without an MX, mail goes to the address of the domain itself (RFC 5321, 5.1): its web server, or a proxy in front of it that takes no mail.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "add_mx",
};
