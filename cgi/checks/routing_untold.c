#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (d->routing != ROUTING_UNTOLD)
			continue;
		x = report_add(r, c, SEV_UNKNOWN, SUBJECT_DOMAIN, d->name,
			       "cPanel did not say whether %s is delivered there", d->name);
		finding_evidence(r, x, "cPanel", "%s", d->routing_why);
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "Scan again. If it stays, look at the account %s in WHM there, or scan on that server itself.",
			       d->owner ? d->owner : "it belongs to");
	}
}

const struct check check_routing_untold = {
	.id = "routing_untold", .rule = "D09",
	.title = "Another server did not say how it routes the domain",
	.why = "Whether the domain's mail goes where its public DNS says cannot be told, so its routing was not judged.",
	.who = "the administrator of that server",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS | SRC_WHM,
	.run = run,
};
