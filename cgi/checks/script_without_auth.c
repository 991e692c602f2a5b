#include "core/check.h"
#include "mail/log_verdict.h"

static bool is_local(const struct facts *f, const struct log_row *row)
{
	const struct log_login *login;
	enum refusal_of of;

	if (!log_row_is(row, "relay_unauth"))
		return false;
	of = log_refusal_of(f, row, &login);
	return of == REFUSAL_SCRIPT || of == REFUSAL_CONTAINER;
}

static void finding(const struct check *c, const struct facts *f,
		    const struct log_group *g, struct report *r)
{
	bool here = ip_is_loopback(&g->ips[0]) || facts_own_address(f, &g->ips[0]);
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_IP, g->subject, here ?
		"A program on this server (at %s) hands mail over by SMTP without logging in, and is refused" :
		"A container or machine in this server's private network (at %s) sends without logging in, and is refused",
		g->subject);

	log_group_evidence(r, x, g, "refusals (relaying) without a login");
	if (g->nnames)
		finding_evidence(r, x, "senders", "in the name of %s (claimed, not proved)",
				 log_group_names(g, r->arena));
	for (size_t i = 0; i < g->nnames && i < LOG_GROUP_SHOWN; i++) {
		const struct domain *d = log_claimed_domain(f, g->names[i]);

		if (d && d->owner)
			finding_hits(r, x, d->owner);
	}
	finding_no_fix(r, x, "%s", here ?
		"Let the program call sendmail, or give it a mailbox's address and password for SMTP. Do not put the server's own addresses into a relay list: any account could then send in everybody's name." :
		"Give the application a mailbox and let it log in. Only where it cannot, trust that one address, never its network.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct log_group *all = NULL;

	for (size_t i = 0; log_is_told(f) && i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];
		char ip[IP_TEXT_MAX];

		if (is_local(f, row))
			log_group_add(log_group_at(&all, arena_strdup(r->arena,
							ip_text(ip, &row->ip)), r->arena),
				      row, row->account);
	}
	for (; all; all = all->next)
		finding(c, f, all, r);
}

const struct check check_script_without_auth = {
	.id = "script_without_auth", .rule = "A09",
	.title = "A program on this server sends by SMTP without logging in",
	.why = "What a site or an application there sends to other servers is refused, and its visitors never get their mail: orders, passwords, forms.",
	.who = "whoever looks after the site or the application",
	.ways = WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS | SRC_ADDRESSES,
	.run = run,
};
