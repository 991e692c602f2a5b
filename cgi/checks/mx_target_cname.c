#include "core/check.h"
#include "mail/mx_plan.h"
#include "mail/routing_evidence.h"
#include "mail/zone_evidence.h"

static const struct mx_host *first_alias(const struct domain *d)
{
	/* One that leads nowhere is told as what it is: missing. */
	for (size_t i = 0; i < d->nmx; i++)
		if (d->mx[i].host->cname && d->mx[i].host->nips)
			return d->mx[i].host;
	return NULL;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		const struct mx_host *h = first_alias(d);
		struct finding *x;

		if (!h || !domain_is_public(d))
			continue;
		x = report_add(r, c, SEV_INFO, SUBJECT_DOMAIN, d->name,
			       "The mail exchanger %s of %s is an alias of %s",
			       h->name, d->name, h->cname);
		exchanger_evidence(r, x, d);
		if (mx_plan_offered(d))
			continue;
		zone_letter(r, x, d, arena_printf(r->arena, "%s in place of %s", h->cname, h->name),
			    "an MX record must not name an alias (RFC 2181, 10.3); some servers refuse to send.");
		finding_no_fix(r, x, "Put %s itself into the MX record, or replace the alias by an A record.",
			       h->cname);
	}
}

const struct check check_mx_target_cname = {
	.id = "mx_target_cname", .rule = "C08",
	.title = "A mail exchanger is an alias (CNAME)",
	.why = "An MX should name a host with an address of its own (RFC 2181, 10.3). Most servers follow the alias; a few strict ones refuse to send.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "replace_mx",
};
