#include "priv/firewalld.h"
#include "priv/verb.h"

const struct verb verb_set_firewalld_port = {
	.name = "set_firewalld_port",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_firewalld_port_name,
	.expect_ok = valid_firewalld_port,
	.value_ok = valid_firewalld_port,
	.sets = &setting_firewalld_port,
	.run = setting_change,
};
