#include "core/check.h"
#include "mail/routing_evidence.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];
		struct mx_view v;
		struct finding *x;

		if (d->routing != ROUTING_NOT_HOSTED)
			continue;
		v = mx_look(d);
		x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
			       "Mail for %s is sent here by its MX %s, but no account on this server has the domain",
			       d->name, routing_exchanger(r, &v));
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "If the domain belongs here, give it to an account. If it has moved away or was given up, its owner must point the MX record to its new mail server, or remove it.");
	}
}

const struct check check_mx_here_not_hosted = {
	.id = "mx_here_not_hosted", .rule = "D07",
	.title = "Mail comes here for a domain that is not on this server",
	.why = "Everybody who writes to the domain gets “relay not permitted” from this server. The account has moved or was closed and its MX was forgotten, or it has not been created yet.",
	.who = "the owner of the domain's DNS; the server's administrator where the account is still to come",
	.needs = SRC_DOMAINS | SRC_FILES | SRC_OWNERS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
