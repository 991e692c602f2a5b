#include "priv/listener.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* A port of the mail server on which nothing listens. */
const struct verb verb_start_listener = {
	.name = "start_listener",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_listener,
	.expect_ok = valid_not_listening,
	.value_ok = valid_listening,
	.sets = &setting_listener,
	.run = setting_change,
};
