#include "priv/relay_trust.h"
#include "priv/verb.h"

/* Lets one address relay until a day, by a line of its own. */
const struct verb verb_trust_address = {
	.name = "trust_address",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_relay_trust,
	.expect_ok = valid_relay_trusted,
	.value_ok = valid_relay_until,
	.sets = &setting_relay_trust,
	.run = setting_change,
};
