#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct mx_view v;
		struct finding *x;
		bool refused;

		if (d->routing != ROUTING_UNLISTED)
			continue;
		v = mx_look(d);
		refused = v.side == MX_HERE && !v.implicit;
		x = report_add(r, c, refused ? SEV_CRITICAL : SEV_WARNING,
			       SUBJECT_DOMAIN, d->name, refused ?
			       "Mail for %s is sent to this server, which does not know the domain" :
			       "%s belongs to an account here, but no list says where its mail goes",
			       d->name);
		routing_evidence(r, x, f, d);
		routing_button(r, x, f, d);
	}
}

const struct check check_routing_unlisted = {
	.id = "routing_unlisted", .rule = "D06",
	.title = "The domain of an account is in none of the routing lists",
	.why = "Exim treats the domain as a stranger's: if its mail comes to this server it is refused with “relay not permitted”, although the account's other domains work.",
	.who = "the server's administrator, or the account's owner under Email Routing",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_OWNERS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "set_routing",
};
