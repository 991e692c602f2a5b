#include "priv/filters.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* name: "FROM>TO". */
const struct verb verb_set_filter = {
	.name = "set_filter",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_filtered,
	.expect_ok = valid_filter_state,
	.value_ok = valid_filter_state,
	.sets = &setting_filter,
	.run = setting_change,
};
