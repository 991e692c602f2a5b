#include "priv/relay_net.h"
#include "priv/verb.h"

/* Takes a line out of a list; undo puts it back where it stood. */
const struct verb verb_set_relay_net = {
	.name = "set_relay_net",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_relay_net,
	.expect_ok = valid_relay_line,
	.value_ok = valid_relay_absent,
	.sets = &setting_relay_net,
	.run = setting_change,
};
