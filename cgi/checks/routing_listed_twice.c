#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (d->routing != ROUTING_LISTED_TWICE)
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
			       "%s is listed as local and as %s at the same time",
			       d->name, d->line[LIST_REMOTE] ? "remote" : "backup");
		routing_evidence(r, x, f, d);
		routing_button(r, x, f, d);
	}
}

const struct check check_routing_listed_twice = {
	.id = "routing_listed_twice", .rule = "D03",
	.title = "The domain is in two lists that exclude each other",
	.why = "Which list wins depends on the part of the mail system that asks, so some mail for the domain is delivered here and some is sent on or refused.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "set_routing",
};
