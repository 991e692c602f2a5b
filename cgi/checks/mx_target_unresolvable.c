#include "core/check.h"
#include "mail/mx_plan.h"
#include "mail/routing_evidence.h"
#include "mail/zone_evidence.h"

/* A loopback address is mx_private_address's affair. */
static bool has_an_address(const struct domain *d)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (d->mx[i].host->nips)
			return true;
	return false;
}

static bool is_dead(const struct domain *d)
{
	return d->nmx && !has_an_address(d) && mx_look(d).side == MX_NONE &&
		!mx_literal(d) && domain_is_public(d);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (!is_dead(d))
			continue;
		x = report_add(r, c, domain_hosted(d) ? SEV_CRITICAL : SEV_WARNING,
			       SUBJECT_DOMAIN, d->name, d->nmx == 1 ?
			       "The mail exchanger of %s does not exist, so its mail goes nowhere" :
			       "None of the mail exchangers of %s exists, so its mail goes nowhere",
			       d->name);
		exchanger_evidence(r, x, d);
		if (mx_plan_offered(d))
			continue;
		zone_letter(r, x, d, "a host that exists, in place of these",
			    "the hosts that these records name do not exist, so every sender gives up.");
		finding_no_fix(r, x, "Correct the name in the MX record (a missing dot at its end doubles the domain: mail.%s.%s), or give that host an address.",
			       d->name, d->name);
	}
}

const struct check check_mx_target_unresolvable = {
	.id = "mx_target_unresolvable", .rule = "C01",
	.title = "The domain's mail exchangers do not exist",
	.why = "Every server that has mail for the domain gives up: “all relevant MX records point to non-existent hosts”. Nothing set on this server mends that.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "replace_mx",
};
