#include "priv/restrictions.h"
#include "priv/verb.h"

const struct verb verb_set_restrictions = {
	.name = "set_restrictions",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_restrictions_name,
	.expect_ok = valid_restrictions,
	.value_ok = valid_restrictions_wish,
	.sets = &setting_restrictions,
	.run = setting_change,
};
