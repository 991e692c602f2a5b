#include "priv/probe.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* name: the targets; value: the ports, and the account to try as well. */
static int run(struct ask *a, struct err *e)
{
	a->answer = probe_run(a->q->name, a->q->value, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_probe_out = {
	.name = "probe_out",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_targets,
	.expect_ok = valid_nothing,
	.value_ok = valid_probe,
	.run = run,
};
