#include "priv/frozen.h"
#include "priv/verb.h"

/* One message at a time, each by its id: there is no verb for a whole queue. */
const struct verb verb_remove_frozen = {
	.name = "remove_frozen",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_frozen_id,
	.expect_ok = valid_frozen,
	.value_ok = valid_removed,
	.sets = &setting_frozen,
	.run = setting_change,
};
