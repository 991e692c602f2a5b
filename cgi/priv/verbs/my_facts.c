#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* What the users' front may know: its own user's domains, as the panel tells
 * them to that account. */
static int run(struct ask *a, struct err *e)
{
	const struct uapi_call c = {
		.account = a->with->caller.by, .module = "Email",
		.function = "list_mxs", .lock = -1,
	};

	a->answer = command_uapi_read(&c, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_my_facts = {
	.name = "my_facts",
	.who = WHO_ACCOUNT,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
