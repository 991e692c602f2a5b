#include "core/check.h"
#include "mail/routing_evidence.h"

/* Certain where the mailboxes are known to be elsewhere, or where a week of log
 * shows that nobody delivers this domain's mail here. */
static enum severity severity(const struct facts *f, const struct domain *d)
{
	if (mx_at_mailbox_provider(d) || (log_is_telling(f) && !domain_more(d)->arrivals.count))
		return SEV_CRITICAL;
	return SEV_WARNING;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct mx_view v;
		struct finding *x;

		if (d->routing != ROUTING_LOCAL_MX_ELSEWHERE)
			continue;
		v = mx_look(d);
		x = report_add(r, c, severity(f, d), SUBJECT_DOMAIN, d->name,
			       mx_at_mailbox_provider(d) ?
			       "This server keeps mail for %s, but its mailboxes are at %s" :
			       "This server keeps mail for %s, but its mail exchanger is %s",
			       d->name, routing_exchanger(r, &v));
		routing_evidence(r, x, f, d);
		routing_button(r, x, f, d);
	}
}

const struct check check_routing_local_mx_elsewhere = {
	.id = "routing_local_mx_elsewhere", .rule = "D01",
	.title = "Mail for the domain stays here although its mailboxes are elsewhere",
	.why = "What this server's sites, scripts and users send to the domain is delivered into a local mailbox that nobody reads, or refused with “No Such User Here”. Mail from outside is not affected, so nobody sees an error.",
	.who = "the server's administrator, or the account's owner under Email Routing",
	.ways = WAY_OUT,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "set_routing",
};
