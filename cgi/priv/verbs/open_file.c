#include "priv/files.h"
#include "priv/valid.h"
#include "priv/verb.h"

static int run(struct ask *a, struct err *e)
{
	a->answer = files_open_row(a->q->name, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_open_file = {
	.name = "open_file",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_file_row,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
