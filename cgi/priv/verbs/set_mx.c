#include "priv/mx.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* An account's own user edits zones in cPanel, not through the users' front,
 * which changes routing alone. */
const struct verb verb_set_mx = {
	.name = "set_mx",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER,
	.name_ok = valid_domain,
	.expect_ok = valid_mx_text,
	.value_ok = valid_mx_text,
	.sets = &setting_mx,
	.run = setting_change,
};
