#include "base/io.h"
#include "priv/field.h"
#include "priv/user_proof.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Settles for whom the users' front speaks, by the socket it accepted. expect
 * is the client's address as the door said it: a note for the journal, no
 * proof. */
static int run(struct ask *a, struct err *e)
{
	struct caller *c = &a->with->caller;
	char account[ACCOUNT_MAX];

	if (user_proof(a->passed, account, e))
		return -1;
	a->with->proven_at = io_monotonic_ms();
	*c = (struct caller){ .who = WHO_ACCOUNT, .door = "user" };
	field_set(c, by, "%s", account);
	field_set(c, from, "%s", a->q->expect);
	field_set(a->reply, change, "%s", account);
	return 0;
}

const struct verb verb_as_user = {
	.name = "as_user",
	.who = WHO_USER_FRONT,
	.name_ok = valid_nothing,
	.expect_ok = valid_client,
	.value_ok = valid_nothing,
	.takes_fd = true,
	.run = run,
};
