#include "priv/home_mail.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Filters, .forward and Sieve scripts in the account's home. */
static int run(struct ask *a, struct err *e)
{
	a->answer = home_mail(a->q->name, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_home_mail = {
	.name = "home_mail",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
