#include <string.h>

#include "core/check.h"
#include "mail/routing_evidence.h"
#include "mail/when.h"

static void refusal_evidence(struct report *r, struct finding *x,
			     const struct facts *f, const struct domain *d)
{
	char when[WHEN_MAX];

	for (size_t i = 0; i < f->nrefused; i++)
		if (!strcmp(f->refused[i].domain, d->name))
			finding_evidence(r, x, "exim_mainlog", "%u recipient%s in it refused, the last on %s",
					 f->refused[i].count, f->refused[i].count == 1 ? "" : "s",
					 when_text(when, f->refused[i].last));
}

static void say(const struct check *c, const struct facts *f,
		const struct domain *d, struct report *r)
{
	struct mx_view v = mx_look(d);
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
		"Mail for %s is sent here by its MX %s, but no account on this server has the domain",
		d->name, routing_exchanger(r, &v));

	refusal_evidence(r, x, f, d);
	routing_evidence(r, x, f, d);
	finding_no_fix(r, x, "If the domain belongs here, give it to an account. If it has moved away or was given up, its owner must point the MX record to its new mail server, or remove it.");
}

/* Domains that strangers' mail named count as well: their MX is the proof. */
static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++)
		if (facts_notable(f, i)->routing == ROUTING_NOT_HOSTED)
			say(c, f, facts_notable(f, i), r);
	for (size_t i = 0; i < f->nothers; i++)
		if (f->others[i].routing == ROUTING_NOT_HOSTED)
			say(c, f, &f->others[i], r);
}

const struct check check_mx_here_not_hosted = {
	.id = "mx_here_not_hosted", .rule = "D07",
	.title = "Mail comes here for a domain that is not on this server",
	.why = "Everybody who writes to the domain gets “relay not permitted” from this server. The account has moved or was closed and its MX was forgotten, or it has not been created yet.",
	.who = "the owner of the domain's DNS; the server's administrator where the account is still to come",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_OWNERS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
