#include "core/check.h"
#include "mail/limit_view.h"

#define CLEAN "Look at where its mail goes: a bought or old list of addresses, or a hacked form. Clean that first."

/* Without a message that was stopped the mark may be left over: nobody says how long
 * it counts. */
static void mark_alone(const struct check *c, struct report *r, const char *domain)
{
	struct finding *x = report_add(r, c, SEV_INFO, SUBJECT_DOMAIN, domain,
		"cPanel has marked %s as beyond the failures and deferrals that it may cause in an hour, though no message of the last day met that limit",
		domain);

	limit_mark_evidence(r, x, domain);
	finding_no_fix(r, x, "The mark may be left over. If mail of the domain is refused with “max defers and failures”: " CLEAN " Then remove the file.");
}

static void marks_unread(const struct check *c, struct report *r, const char *why)
{
	struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER, "email_send_limits",
		"Whether cPanel has marked domains as beyond the failures that they may cause cannot be told");

	finding_evidence(r, x, DEFER_MARK "*", "%s", why);
	finding_no_fix(r, x, "What the log says is judged all the same.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct defer_marks *m = &f->blocking.marks;

	limit_findings(c, f, r, LIMIT_DEFER_FAIL,
		       "the failures and deferrals that it may cause in an hour", CLEAN);
	for (size_t i = 0; i < m->n; i++)
		if (facts_domain(f, m->domains[i]) &&
		    !limit_was_met(f, LIMIT_DEFER_FAIL, m->domains[i]))
			mark_alone(c, r, m->domains[i]);
	if (m->why)
		marks_unread(c, r, m->why);
}

const struct check check_defer_limit_hit = {
	.id = "defer_limit_hit", .rule = "B21",
	.title = "A domain has had too many failed messages in an hour",
	.why = "cPanel stops all outgoing mail of a domain whose messages fail so often, good ones too, and throws part of it away. Most often somebody sends spam through it.",
	.who = "the server's administrator, with the account's owner",
	.ways = WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS,
	.run = run,
};
