#include "priv/restrictions.h"
#include "priv/verb.h"

/* From WHM's page alone: not even root's command line turns them off here. */
const struct verb verb_lift_restrictions = {
	.name = "lift_restrictions",
	.who = WHO_ADMIN,
	.name_ok = valid_restrictions_name,
	.expect_ok = valid_restrictions,
	.value_ok = valid_restrictions_lifted,
	.sets = &setting_restrictions,
	.run = setting_change,
};
