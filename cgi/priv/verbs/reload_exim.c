#include "priv/exim_daemon.h"
#include "priv/verb.h"

const struct verb verb_reload_exim = {
	.name = "reload_exim",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_the_server,
	.expect_ok = valid_exim_daemon,
	.value_ok = valid_exim_daemon,
	.sets = &setting_exim_daemon,
	.run = setting_change,
};
