#include "priv/program.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Whether a program that mail is piped to is there. name: account; value: its path. */
static int run(struct ask *a, struct err *e)
{
	a->answer = program_look(a->q->name, a->q->value, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_program = {
	.name = "program",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_program,
	.run = run,
};
