#include "priv/manual_mx.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* value "none": the route goes. A user sees no manual routes. */
const struct verb verb_set_manual_mx = {
	.name = "set_manual_mx",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER,
	.name_ok = valid_domain,
	.expect_ok = valid_mx_host,
	.value_ok = valid_mx_host,
	.sets = &setting_manual_mx,
	.run = setting_change,
};
