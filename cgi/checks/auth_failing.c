#include "core/check.h"
#include "mail/log_verdict.h"

/* Fewer are somebody who typed his password anew. */
#define FAILURES_TOLD 3

static void finding(const struct check *c, const struct facts *f,
		    const struct log_group *g, struct report *r)
{
	const struct domain *d = facts_domain(f, g->subject);
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, g->subject,
		"Logins of %s fail again and again: a customer's mail program, or a site, has a wrong user name or password",
		g->subject);

	log_group_evidence(r, x, g, "logins failed (535 Incorrect authentication data)");
	finding_evidence(r, x, "logins", "%s", log_group_names(g, r->arena));
	if (g->login)
		finding_evidence(r, x, "login", "%s did log in from the same network on %s, so it is one of ours",
				 g->login->who,
				 log_day_text((int32_t)(g->login->last / 86400), r->arena));
	if (d->owner)
		finding_hits(r, x, d->owner);
	finding_no_fix(r, x, "Let the customer enter the whole address as user name and the password anew, in every device that has the mailbox. Setting a new password logs all of them out. An address that fails too often is banned by the firewall or cPHulk: look it up with relaydoctor show ADDRESS once the password is right.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct log_group *all = NULL;

	for (size_t i = 0; log_is_told_of_domain(f) && i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];
		const struct log_login *login;
		struct log_group *g;
		enum refusal_of of;

		if (!log_row_is(row, "auth_fail"))
			continue;
		of = log_refusal_of(f, row, &login);
		if (of != REFUSAL_CUSTOMER && of != REFUSAL_SCRIPT)
			continue;
		g = log_group_at(&all, log_domain_of(f, row->account)->name, r->arena);
		log_group_add(g, row, row->account);
		if (login)
			g->login = login;
	}
	for (; all; all = all->next)
		if (all->n >= FAILURES_TOLD)
			finding(c, f, all, r);
}

const struct check check_auth_failing = {
	.id = "auth_failing", .rule = "A04",
	.title = "A customer's logins fail",
	.why = "Nothing can be sent from there, and after a few more failures the address is banned, with everybody behind it.",
	.who = "the mailbox's owner",
	.ways = WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS | SRC_ADDRESSES,
	.run = run,
};
