#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct mx_view v;
		struct finding *x;

		if (d->routing != ROUTING_GATEWAY)
			continue;
		v = mx_look(d);
		x = report_add(r, c, SEV_INFO, SUBJECT_DOMAIN, d->name,
			       "%s is delivered here by way of %s, which is how it should be",
			       d->name, routing_exchanger(r, &v));
		finding_evidence(r, x, "Relay Doctor", "%s", d->routing_why);
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "Nothing to do, unless you know that its mailboxes are elsewhere.");
	}
}

const struct check check_routing_gateway = {
	.id = "routing_gateway", .rule = "D05",
	.title = "A mail gateway stands in front of the domain",
	.why = "The domain's MX points to a service that filters its mail and hands it on to this server. Setting it to remote, as the MX alone suggests, would send the mail round in a circle.",
	.who = "nobody",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "set_routing",
};
