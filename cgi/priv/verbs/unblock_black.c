#include "priv/unblock.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Out of cPHulk's blacklist. */
const struct verb verb_unblock_black = {
	.name = "unblock_black",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_address,
	.expect_ok = valid_listed,
	.value_ok = valid_not_listed,
	.sets = &setting_hulk_black,
	.run = setting_change,
};
