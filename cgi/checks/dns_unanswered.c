#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	/* One finding about the resolver, not one for each domain. */
	for (size_t i = 0; i < facts_nnotable(f) && !facts_resolver_fails(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (d->routing != ROUTING_NO_ANSWER)
			continue;
		x = report_add(r, c, SEV_UNKNOWN, SUBJECT_DOMAIN, d->name,
			       "The DNS gave no usable answer for %s", d->name);
		/* Where its own MX is what is missing, that line says it. */
		if (!dns_unanswered(d->mx_status))
			finding_evidence(r, x, "DNS", "%s", d->routing_why);
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "Scan again later. If it stays, the domain's name servers are at fault: its DNS operator must look at them.");
	}
}

const struct check check_dns_unanswered = {
	.id = "dns_unanswered", .rule = "C04",
	.title = "The domain's DNS does not answer",
	.why = "Where the domain's mail should go cannot be told, so its routing was not judged. Other servers that send to it wait in the same way.",
	.who = "the operator of the domain's name servers; the server's administrator where many domains show it",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
