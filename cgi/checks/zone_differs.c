#include "core/check.h"
#include "mail/routing_evidence.h"
#include "mail/zone_evidence.h"

/* Nobody but this server's own zone has spoken, or the name servers contradict
 * each other: its routing was not judged. */
static void unknown(const struct check *c, const struct facts *f,
		    const struct domain *d, struct report *r)
{
	bool disagree = domain_zone(d) && domain_zone(d)->disagree;
	struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_DOMAIN, d->name,
		disagree ? "The name servers of %s do not say the same about its mail" :
		"Only this server's own zone answered for %s, not the public DNS", d->name);

	zone_evidence(r, x, d);
	routing_evidence(r, x, f, d);
	if (disagree)
		finding_no_fix(r, x, "A change may still be on its way between them; scan again in an hour. If it stays, a copy of the zone at %s is not brought up to date: its operator must look at the transfer between these servers.",
			       zone_keeper(domain_zone(d)));
	else
		finding_no_fix(r, x, "See that this server may ask name servers out there (UDP and TCP port 53), or let /etc/resolv.conf name a public resolver, then scan again. For one scan on the command line, --resolver IP does as well.");
}

/* This server's programs, Exim among them, go by a zone that nobody else sees. */
static void misled(const struct check *c, const struct domain *d, struct report *r)
{
	const struct zone *z = domain_zone(d);
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
		"This server goes by its own zone of %s, which says something else than the world is told",
		d->name);

	zone_evidence(r, x, d);
	finding_no_fix(r, x, "The name servers at %s are the ones that count. In WHM » DNS Functions » DNS Zone Manager give the zone of %s on this server the same MX (%s), or, where nothing else here needs that zone, delete it. Then set its Email Routing.",
		       zone_keeper(z), d->name, mx_set_text(r->arena, &z->delegated));
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);

		if (d->routing == ROUTING_NOT_PUBLIC)
			unknown(c, f, d, r);
		else if (zone_misleads(domain_zone(d)))
			misled(c, d, r);
	}
}

const struct check check_zone_differs = {
	.id = "zone_differs", .rule = "C13",
	.title = "This server's own zone of the domain is not what the public DNS says",
	.why = "What this server sends to the domain goes by the zone kept here, while everybody else goes by the domain's name servers: mail from inside and from outside ends in different places. Where the name servers could not be asked, the domain's routing was not judged.",
	.who = "the server's administrator",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
