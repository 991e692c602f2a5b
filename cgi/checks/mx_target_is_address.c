#include "core/check.h"
#include "mail/mx_plan.h"
#include "mail/routing_evidence.h"
#include "mail/zone_evidence.h"

static size_t count_literals(const struct domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nmx; i++)
		n += d->mx[i].host->is_address;
	return n;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		bool all = count_literals(d) == d->nmx;
		struct finding *x;

		if (!mx_literal(d) || !domain_is_public(d))
			continue;
		x = report_add(r, c, all && domain_hosted(d) ? SEV_CRITICAL : SEV_WARNING,
			       SUBJECT_DOMAIN, d->name,
			       "%s MX record of %s names the address %s instead of a host",
			       d->nmx == 1 ? "The" : "An", d->name, mx_literal(d)->name);
		exchanger_evidence(r, x, d);
		if (mx_plan_offered(d))
			continue;
		zone_letter(r, x, d, arena_printf(r->arena, "the name of the host that has the address %s", mx_literal(d)->name),
			    "an MX record must name a host, not an address (RFC 1035, 3.3.9).");
		finding_no_fix(r, x, "Give the mail server a host name with that address (mail.%s, for example) and put that name into the MX record.",
			       d->name);
	}
}

const struct check check_mx_target_is_address = {
	.id = "mx_target_is_address", .rule = "C02",
	.title = "An MX record names an address instead of a host",
	.why = "An MX must name a host (RFC 1035, 3.3.9). Exim and most other servers take the address for a host that does not exist and send the mail back.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "replace_mx",
};
