#include "priv/own_setting.h"
#include "priv/verb.h"

/* One of Relay Doctor's own settings. */
const struct verb verb_set_own = {
	.name = "set_own",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_own_setting,
	.expect_ok = valid_own_value,
	.value_ok = valid_own_value,
	.sets = &setting_own,
	.run = setting_change,
};
