#include "base/paths.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* WHM API 1 functions that only read what cPHulk has blocked. */
static const struct command_row reads[] = {
	{ "status", { PATH_WHMAPI1, "--output=json", "cphulk_status", NULL } },
	{ "brutes", { PATH_WHMAPI1, "--output=json", "get_cphulk_brutes", NULL } },
	{ "excessive_brutes", { PATH_WHMAPI1, "--output=json",
		"get_cphulk_excessive_brutes", NULL } },
	{ "black", { PATH_WHMAPI1, "--output=json", "read_cphulk_records",
		"list_name=black", "skip_enabled_check=1", NULL } },
	{ "white", { PATH_WHMAPI1, "--output=json", "read_cphulk_records",
		"list_name=white", "skip_enabled_check=1", NULL } },
};

static int run(struct ask *a, struct err *e)
{
	a->answer = command_row_output(reads, sizeof(reads) / sizeof(*reads), a->q->name, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_cphulk = {
	.name = "cphulk",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_hulk_read,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
