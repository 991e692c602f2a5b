#include "priv/accounts.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Routing of all the account's domains, as the panel prints it. */
static int run(struct ask *a, struct err *e)
{
	const struct uapi_call c = {
		.account = a->q->name, .module = "Email",
		.function = "list_mxs", .lock = -1,
	};

	if (accounts_check(a->q->name, e))
		return -1;
	a->answer = command_uapi_read(&c, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_list_mxs = {
	.name = "list_mxs",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
