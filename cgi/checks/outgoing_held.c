#include <string.h>

#include "core/check.h"

static bool is_told(const struct facts *f, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (!strcmp(f->blocking.holds[j].account, f->blocking.holds[i].account))
			return true;
	return false;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->blocking.nholds; i++) {
		const struct hold *h = &f->blocking.holds[i];
		const struct domain *d = is_told(f, i) ? NULL : facts_account_domain(f, h->account);
		struct finding *x;

		if (!d)
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name, h->suspended ?
			       "Outgoing mail of the account %s is suspended: what its domains send is refused" :
			       "Outgoing mail of the account %s is held: what its domains send stays in the queue",
			       h->account);
		finding_evidence(r, x, h->suspended ? "/etc/outgoing_mail_suspended_users" :
				 "/etc/outgoing_mail_hold_users", "line %u: %s", h->line, h->account);
		finding_no_fix(r, x, "Find out why it was done: most often the account had sent spam. When the cause is gone, let the mail go in WHM (List Accounts) or with whmapi1 %s user=%s.",
			       h->suspended ? "unsuspend_outgoing_email" : "release_outgoing_email",
			       h->account);
	}
}

const struct check check_outgoing_held = {
	.id = "outgoing_held", .rule = "B20",
	.title = "An account's outgoing mail is held or suspended",
	.why = "Nothing that the account's domains send leaves this server, while mail to them still arrives. Their owners see deferrals or refusals and no reason.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_HOLDS | SRC_DOMAINS | SRC_OWNERS,
	.run = run,
};
