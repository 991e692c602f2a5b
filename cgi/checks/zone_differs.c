#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];
		struct finding *x;

		if (d->routing != ROUTING_NOT_PUBLIC)
			continue;
		x = report_add(r, c, SEV_UNKNOWN, SUBJECT_DOMAIN, d->name,
			       "Only this server's own zone answered for %s, not the public DNS",
			       d->name);
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "Let /etc/resolv.conf name a public resolver, then scan again. For one scan on the command line, --resolver IP does as well.");
	}
}

const struct check check_zone_differs = {
	.id = "zone_differs", .rule = "C13",
	.title = "The answer for the domain came from this server's own zone",
	.why = "What the world's mail servers see may differ from the zone kept here, so the domain's routing was not judged by it.",
	.who = "the server's administrator",
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
