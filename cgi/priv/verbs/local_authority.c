#include "priv/accounts.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Whether the panel finds the domain delegated to this server's name servers. */
static int run(struct ask *a, struct err *e)
{
	const struct uapi_call c = {
		.account = a->q->name, .module = "DNS",
		.function = "has_local_authority",
		.key = { "domain" }, .value = { a->q->value }, .lock = -1,
	};

	if (accounts_check(a->q->name, e))
		return -1;
	a->answer = command_uapi_read(&c, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_local_authority = {
	.name = "local_authority",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_domain,
	.run = run,
};
