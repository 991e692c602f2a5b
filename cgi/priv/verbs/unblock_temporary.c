#include "priv/unblock.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* The temporary ban of CSF's lfd. */
const struct verb verb_unblock_temporary = {
	.name = "unblock_temporary",
	.who = WHO_ROOT | WHO_ADMIN,
	.name_ok = valid_address,
	.expect_ok = valid_list_line,
	.value_ok = valid_not_listed,
	.sets = &setting_csf_temporary,
	.run = setting_change,
};
