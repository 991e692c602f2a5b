#include "core/check.h"
#include "mail/limit_view.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	limit_findings(c, f, r, LIMIT_HOURLY,
		       "the messages that it may send in an hour",
		       "Look at what sends so much: a newsletter, or a hacked site or mailbox. If it is wanted, raise the account's limit in WHM (Modify an Account); else stop the sender first.");
}

const struct check check_hourly_limit_hit = {
	.id = "hourly_limit_hit", .rule = "B22",
	.title = "A domain has sent more than it may in an hour",
	.why = "What goes beyond the limit waits for the next hour, and beyond a share above it is thrown away, good mail too.",
	.who = "the server's administrator, with the account's owner",
	.ways = WAY_OUT,
	.needs = SRC_LOG | SRC_DOMAINS,
	.run = run,
};
