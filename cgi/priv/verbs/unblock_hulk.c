#include "priv/unblock.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* cPHulk's blocks for a time. */
const struct verb verb_unblock_hulk = {
	.name = "unblock_hulk",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_address,
	.expect_ok = valid_listed,
	.value_ok = valid_not_listed,
	.sets = &setting_hulk,
	.run = setting_change,
};
