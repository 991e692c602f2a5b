#include "priv/unblock.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Out of /etc/spammeripblocks. */
const struct verb verb_unblock_spammers = {
	.name = "unblock_spammers",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_address,
	.expect_ok = valid_list_line,
	.value_ok = valid_not_listed,
	.sets = &setting_spammers,
	.run = setting_change,
};
