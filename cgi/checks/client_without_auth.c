#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "mail/log_verdict.h"

static void finding(const struct check *c, const struct facts *f,
		    const struct log_group *g, struct report *r)
{
	const struct domain *d = facts_domain(f, g->subject);
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, g->subject,
		g->unadvertised == g->n ?
		"Somebody of %s tries to log in where this server offers no login, and is refused" :
		"Somebody of %s sends through this server without logging in, and is refused",
		g->subject);

	log_group_evidence(r, x, g, "refusals (relaying) without a login");
	finding_evidence(r, x, "login", "%s logged in from the same network on %s",
			 g->login->who, log_day_text((int32_t)(g->login->last / 86400), r->arena));
	if (g->unadvertised)
		finding_evidence(r, x, "AUTH", "%" PRIu64 " of them came within 15 minutes of “AUTH command used when not advertised” from the same address: the mail program does try to log in, most often without TLS, where no password is taken. Switch TLS on in it",
				 g->unadvertised);
	if (g->nnames)
		finding_evidence(r, x, "recipients", "in %s, none of which is on this server",
				 log_group_names(g, r->arena));
	finding_hits(r, x, d->owner ? d->owner : g->login->who);
	finding_no_fix(r, x, "Nothing is to be changed on the server. What to enter stands on the domain’s page under “Set up a mail program” (relaydoctor show name@domain). In the mail program, for outgoing mail: “server needs authentication” on, the whole address as user name, the mailbox's password, port 465 with TLS or 587 with STARTTLS. A scanner or printer that cannot do this gets a mailbox of its own. Letting the address itself send for some weeks (a fix with the setting address=IP) lets anybody behind it send.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct log_group *all = NULL;

	for (size_t i = 0; log_is_told_of_domain(f) && i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];
		const struct log_login *login;
		const struct domain *d;
		struct log_group *g;

		/* After a wrong password the refusal is no wonder (auth_failing). */
		d = log_customer_refused(f, row, &login);
		if (!d)
			continue;
		g = log_group_at(&all, d->name, r->arena);
		log_group_add(g, row, row->domain);
		g->login = login;
		g->unadvertised += !strcmp(row->rule, LOG_RULE_UNADVERTISED) ? row->n : 0;
	}
	for (; all; all = all->next)
		finding(c, f, all, r);
}

const struct check check_client_without_auth = {
	.id = "client_without_auth", .rule = "A01",
	.title = "A customer's mail program sends without logging in",
	.why = "What it sends to other servers is refused (“relay not permitted”, “Please turn on SMTP Authentication”), while mail to domains of this server goes through: it looks as if only some recipients could not be reached.",
	.who = "whoever set up the mail program; the account's owner can tell them how",
	.ways = WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS | SRC_ADDRESSES,
	.run = run,
	.fix = "trust_address",
};
