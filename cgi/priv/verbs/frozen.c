#include "priv/spool.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Which bounces lie frozen in Exim's queue. */
static int run(struct ask *a, struct err *e)
{
	a->answer = spool_list(e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_frozen = {
	.name = "frozen",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
