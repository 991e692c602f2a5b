#include "priv/accounts.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* The mailboxes of the account in one domain. */
static int run(struct ask *a, struct err *e)
{
	const struct uapi_call c = {
		.account = a->q->name, .module = "Email",
		.function = "list_pops_with_disk",
		.key = { "domain" }, .value = { a->q->value }, .lock = -1,
	};

	if (accounts_check(a->q->name, e))
		return -1;
	a->answer = command_uapi_read(&c, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_list_pops = {
	.name = "list_pops",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_domain,
	.run = run,
};
