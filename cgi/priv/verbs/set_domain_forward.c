#include "priv/aliases.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* value "none": the domain forwarder goes. */
const struct verb verb_set_domain_forward = {
	.name = "set_domain_forward",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_domain,
	.expect_ok = valid_mx_host,
	.value_ok = valid_mx_host,
	.sets = &setting_domain_forward,
	.run = setting_change,
};
