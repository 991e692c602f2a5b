#include <string.h>

#include "core/check.h"
#include "mail/log_verdict.h"

/* We are refused by the host that our own configuration sends mail to. */
static bool is_smarthosts(const struct log_row *row)
{
	return !strcmp(row->rule, "A12") ||
		(log_row_is(row, "auth_required_upstream") && !strcmp(row->rule, "A08"));
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct log_group g = { .n = 0 };
	bool login = false;
	struct finding *x;

	for (size_t i = 0; log_is_told(f) && i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];

		if (!is_smarthosts(row))
			continue;
		log_group_add(&g, row, *row->account == '@' ? NULL : row->account);
		login |= !strcmp(row->rule, "A08");
	}
	if (!g.n)
		return;
	x = report_add(r, c, g.last == f->log.to ? SEV_CRITICAL : SEV_WARNING,
		       SUBJECT_SERVER, f->hostname ? f->hostname : "this server", login ?
		       "The smarthost does not take this server's login, so outgoing mail is not passed on" :
		       "The smarthost does not relay for this server, so outgoing mail is not passed on");
	log_group_evidence(r, x, &g, "deliveries were refused by the smarthost");
	for (size_t i = 0; i < g.nnames && i < LOG_GROUP_SHOWN; i++) {
		const struct domain *d = log_domain_of(f, g.names[i]);

		finding_hits(r, x, d && d->owner ? d->owner : g.names[i]);
	}
	finding_no_fix(r, x, "Check the host, port (587 rather than 25) and login of the smarthost's route in WHM's Exim configuration, and whether its owner still lets this server's address or login send. After a change, try one message: a wrong login stops all outgoing mail.");
}

const struct check check_smarthost_refuses = {
	.id = "smarthost_refuses", .rule = "A12",
	.title = "The smarthost refuses this server's mail",
	.why = "All mail that leaves by way of it comes back to its senders, or waits in the queue until it is given up.",
	.who = "the server's administrator, with whoever runs the smarthost",
	.ways = WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS | SRC_ADDRESSES,
	.run = run,
};
