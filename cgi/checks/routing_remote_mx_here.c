#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct mx_view v;
		struct finding *x;

		if (d->routing != ROUTING_REMOTE_MX_HERE)
			continue;
		v = mx_look(d);
		/* Without an MX the domain may well be a site that gets no mail. */
		x = report_add(r, c, v.implicit ? SEV_WARNING : SEV_CRITICAL,
			       SUBJECT_DOMAIN, d->name,
			       "Mail for %s is sent to this server, which refuses it as somebody else's",
			       d->name);
		routing_evidence(r, x, f, d);
		routing_button(r, x, f, d);
	}
}

const struct check check_routing_remote_mx_here = {
	.id = "routing_remote_mx_here", .rule = "D02",
	.title = "Mail for the domain arrives here but is not accepted",
	.why = "Senders everywhere get “relay not permitted” for every address of the domain, and mail from this server fails with “lowest numbered MX record points to local host”.",
	.who = "the server's administrator, or the account's owner under Email Routing",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "set_routing",
};
