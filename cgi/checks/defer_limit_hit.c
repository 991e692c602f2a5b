#include "core/check.h"
#include "mail/limit_view.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	limit_findings(c, f, r, LIMIT_DEFER_FAIL,
		       "the failures and deferrals that it may cause in an hour",
		       "Look at where its mail goes: a bought or old list of addresses, or a hacked form. Clean that first.");
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
