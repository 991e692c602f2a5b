#include "priv/accounts.h"
#include "priv/filters.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Whether a filter is on, and its name. name: account; value: "FROM>TO". */
static int run(struct ask *a, struct err *e)
{
	if (accounts_check(a->q->name, e))
		return -1;
	a->answer = filters_look(a->q->name, a->q->value, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_filter_state = {
	.name = "filter_state",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_filtered,
	.run = run,
};
