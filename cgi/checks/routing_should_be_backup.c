#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct mx_view v;
		struct finding *x;

		if (d->routing != ROUTING_SHOULD_BE_BACKUP)
			continue;
		v = mx_look(d);
		x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
			       d->line[LIST_LOCAL] ?
			       "This server keeps mail for %s that should go on to %s: it is only the backup" :
			       "This server is a backup for %s, whose mail goes to %s first, but refuses it",
			       d->name, routing_exchanger(r, &v));
		routing_evidence(r, x, f, d);
		routing_button(r, x, f, d);
	}
}

const struct check check_routing_should_be_backup = {
	.id = "routing_should_be_backup", .rule = "D04",
	.title = "The server is a backup for the domain but is not set up as one",
	.why = "Mail that comes here while the main mail server is busy or down belongs there. Listed as local it stays here, where nobody reads it; listed as remote it is refused, and the sender gets an error.",
	.who = "the server's administrator, or the account's owner under Email Routing",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "set_routing",
};
