#include "priv/aliases.h"
#include "priv/valid.h"
#include "priv/verb.h"

const struct verb verb_set_default_address = {
	.name = "set_default_address",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_domain,
	.expect_ok = valid_default_address,
	.value_ok = valid_default_address,
	.sets = &setting_default_address,
	.run = setting_change,
};
