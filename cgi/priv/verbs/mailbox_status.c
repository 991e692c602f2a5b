#include "priv/accounts.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* The folders of one mailbox and how many messages they hold. */
static int run(struct ask *a, struct err *e)
{
	const struct uapi_call c = {
		.account = a->q->name, .module = "Mailboxes",
		.function = "get_mailbox_status_list",
		.key = { "account" }, .value = { a->q->value }, .lock = -1,
	};

	if (accounts_check(a->q->name, e))
		return -1;
	a->answer = command_uapi_read(&c, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_mailbox_status = {
	.name = "mailbox_status",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_mail_address,
	.run = run,
};
