#include "base/paths.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Exit status 1 is "deferred" and 2 "undeliverable" (Exim specification,
 * chapter 5, -bt): answers, both. */
#define WORST_ANSWER 2

static int run(struct ask *a, struct err *e)
{
	const char *const argv[] = { PATH_EXIM, "-bt", "--", a->q->name, NULL };

	a->answer = command_output(argv, WORST_ANSWER, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_exim_bt = {
	.name = "exim_bt",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_mail_address,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
