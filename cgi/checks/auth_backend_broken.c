#include "core/check.h"
#include "mail/log_verdict.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct log_group g = { .n = 0 };
	const struct domain *hit[LOG_GROUP_SHOWN];
	size_t nhit = 0;
	struct finding *x;

	for (size_t i = 0; log_is_told(f) && i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];
		const struct domain *d;

		if (!log_row_is(row, "auth_tempfail"))
			continue;
		log_group_add(&g, row, row->account);
		d = log_domain_of(f, row->account);
		if (d && nhit < LOG_GROUP_SHOWN)
			hit[nhit++] = d;
	}
	if (!g.n)
		return;
	x = report_add(r, c, nhit && g.last == f->log.to ? SEV_CRITICAL : SEV_WARNING,
		       SUBJECT_SERVER, f->hostname ? f->hostname : "this server",
		       "Logins could not be checked: the authentication service did not answer, or may not read an account's files");
	log_group_evidence(r, x, &g, "logins were put off (435 Unable to authenticate at present)");
	if (g.nnames)
		finding_evidence(r, x, "logins", "%s", log_group_names(&g, r->arena));
	for (size_t i = 0; i < nhit; i++)
		if (hit[i]->owner)
			finding_hits(r, x, hit[i]->owner);
	finding_no_fix(r, x, "%s", "Look whether Dovecot runs (WHM: Service Status), and what stands behind the 435 in exim_mainlog. “Permission denied” below an account's etc directory: its mail files belong to somebody else; /scripts/mailperm ACCOUNT puts that right, for the whole mail tree of the account. The customers' passwords are not the fault.");
}

const struct check check_auth_backend_broken = {
	.id = "auth_backend_broken", .rule = "A05",
	.title = "Logins cannot be checked on this server",
	.why = "Customers are told that they cannot log in now although their passwords are right; what they send is then refused as a stranger's.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS | SRC_ADDRESSES,
	.run = run,
};
