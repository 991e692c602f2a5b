#include "priv/routing.h"
#include "priv/setting.h"
#include "priv/valid.h"
#include "priv/verb.h"

const struct verb verb_set_routing = {
	.name = "set_routing",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_domain,
	.expect_ok = valid_mxcheck,
	.value_ok = valid_mxcheck,
	.sets = &setting_routing,
	.run = setting_change,
};
