#include "priv/unblock.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Out of csf.deny, with the rule that came of it. */
const struct verb verb_unblock_deny = {
	.name = "unblock_deny",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_address,
	.expect_ok = valid_list_line,
	.value_ok = valid_not_listed,
	.sets = &setting_csf_deny,
	.run = setting_change,
};
