#include "priv/csf_port.h"
#include "priv/verb.h"

const struct verb verb_set_csf_port = {
	.name = "set_csf_port",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_csf_port_name,
	.expect_ok = valid_csf_port,
	.value_ok = valid_csf_port,
	.sets = &setting_csf_port,
	.run = setting_change,
};
