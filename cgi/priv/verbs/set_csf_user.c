#include "priv/csf_user.h"
#include "priv/valid.h"
#include "priv/verb.h"

const struct verb verb_set_csf_user = {
	.name = "set_csf_user",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_account,
	.expect_ok = valid_csf_user,
	.value_ok = valid_csf_user,
	.sets = &setting_csf_user,
	.run = setting_change,
};
