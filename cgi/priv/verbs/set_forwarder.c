#include "priv/aliases.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* value "none": the address is not forwarded any more. */
const struct verb verb_set_forwarder = {
	.name = "set_forwarder",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_forwarded,
	.expect_ok = valid_forwards,
	.value_ok = valid_forwards,
	.sets = &setting_forwarder,
	.run = setting_change,
};
