#include "core/check.h"
#include "mail/mx_plan.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (!d->null_mx || !domain_is_public(d))
			continue;
		x = report_add(r, c, SEV_INFO, SUBJECT_DOMAIN, d->name,
			       d->line[LIST_LOCAL] ?
			       "%s says that it takes no mail; only this server still delivers some to it" :
			       "%s says that it takes no mail", d->name);
		exchanger_evidence(r, x, d);
		if (mx_plan_offered(d) && d->line[LIST_LOCAL])
			continue;
		finding_no_fix(r, x, "Nothing to do if the domain is not meant to get mail. If it is, replace the record “0 .” by an MX that names its mail server.");
	}
}

const struct check check_mx_null = {
	.id = "mx_null", .rule = "C03",
	.title = "The domain's MX says that it takes no mail",
	.why = "A null MX (RFC 7505) makes every other server refuse to send to the domain at once. What this server's own users send to it is delivered here all the same while it is listed as local.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "replace_mx",
};
