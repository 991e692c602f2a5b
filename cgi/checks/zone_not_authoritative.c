#include <string.h>

#include "core/check.h"
#include "mail/verdict.h"
#include "mail/zone_evidence.h"

/* What cPanel writes into a new zone: nobody chose it. */
static bool is_default(const struct domain *d, const struct mx_set *s)
{
	return s->n == 1 && !strcmp(s->records[0].host, d->name);
}

/* A zone that stayed behind and says the same harms nobody, and neither does
 * one whose MX nobody has set: nobody waits for it to have an effect. */
static bool is_shown(const struct domain *d)
{
	const struct zone *z = domain_zone(d);

	return z && z->here.status == DNS_OK && !is_default(d, &z->here) &&
		mx_set_known(&z->delegated) && z->delegated.status != DNS_NXDOMAIN &&
		z->nservers && !z->delegated_here && !zone_misleads(z) &&
		!mx_set_equal(&z->here, &z->delegated) &&
		(d->owner || domain_listed(d));
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (!is_shown(d))
			continue;
		x = report_add(r, c, SEV_INFO, SUBJECT_DOMAIN, d->name,
			       "The zone of %s on this server is not the one that the world sees: that one is at %s",
			       d->name, zone_keeper(domain_zone(d)));
		zone_evidence(r, x, d);
		finding_no_fix(r, x, "Nothing, if the MX that the world sees is right. If the one in cPanel is, it has to be entered at %s: the text below can be sent to whoever manages that.",
			       zone_keeper(domain_zone(d)));
		zone_letter(r, x, d, mx_set_text(r->arena, &domain_zone(d)->here),
			    "this is the mail exchanger that was set in cPanel, where the records of this domain have no effect.");
	}
}

const struct check check_zone_not_authoritative = {
	.id = "zone_not_authoritative", .rule = "C12",
	.title = "MX records changed in cPanel have no effect for the domain",
	.why = "The domain is delegated to other name servers, so nobody outside reads the zone kept here. Whoever changes its MX in cPanel sees that nothing happens, and “Automatically Detect” goes by records that are not in force.",
	.who = "the owner of the domain, where its DNS is kept",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS | SRC_ZONES,
	.run = run,
};
