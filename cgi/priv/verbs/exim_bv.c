#include "base/paths.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

static int run(struct ask *a, struct err *e)
{
	static const char *const argv[] = { PATH_EXIM, "-bV", NULL };

	a->answer = command_output(argv, 0, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_exim_bv = {
	.name = "exim_bv",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
