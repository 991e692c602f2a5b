#include "priv/unblock.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Out of a file that csf.deny includes; the rules are made anew. */
const struct verb verb_unblock_included = {
	.name = "unblock_included",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_address,
	.expect_ok = valid_included_line,
	.value_ok = valid_not_listed,
	.sets = &setting_csf_included,
	.run = setting_change,
};
