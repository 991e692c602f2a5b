#include "priv/caller.h"
#include "priv/valid.h"
#include "priv/verb.h"

/*
 * This conversation of a scan is one beside its first: it asks ahead, so that many
 * questions take less time. All scans together have three of them. What is refused
 * is at once, for the helper's places are for those, too, who change something.
 */
static int run(struct ask *a, struct err *e)
{
	static const struct peer_rule beside = { "ahead", WHO_SCAN, 3, 0 };

	(void)a;
	return caller_try_slot(&beside, e);
}

const struct verb verb_ahead = {
	.name = "ahead",
	.who = WHO_SCAN,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
