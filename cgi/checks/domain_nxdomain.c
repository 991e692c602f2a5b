#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (d->routing != ROUTING_NXDOMAIN)
			continue;
		/* Somebody else's, looked up by hand; or the server's own name, of
		 * which hostname_dns_mismatch tells. */
		if (!domain_hosted(d) || (domain_is_the_server(f, d) && !d->owner))
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
			       "%s does not exist in the public DNS", d->name);
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "Renew the domain or correct its name servers at its registrar. If it was given up, remove it from its account.");
	}
}

const struct check check_domain_nxdomain = {
	.id = "domain_nxdomain", .rule = "C21",
	.title = "The domain does not exist in the public DNS",
	.why = "Nobody outside can send mail to the domain or answer mail from it; many servers refuse its messages. It has expired, is on hold, or was never delegated.",
	.who = "the owner of the domain, at its registrar",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
