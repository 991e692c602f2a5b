#include <string.h>

#include "base/paths.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Exit status 1 is "deferred" and 2 "undeliverable" (Exim specification,
 * chapter 5, -bt): answers, both. */
#define WORST_ANSWER 2

/* Most of the time goes into Exim's own start: the address, and those of the
 * value, are asked of one. */
static int run(struct ask *a, struct err *e)
{
	const char *argv[sizeof(a->q->value) / 2 + 5] = {
		PATH_EXIM, "-bt", "--", a->q->name
	};
	char more[sizeof(a->q->value)];
	size_t n = 4;

	memcpy(more, a->q->value, sizeof(more));
	for (char *p = more, *end; *p; p = end) {
		argv[n++] = p;
		end = p + strcspn(p, " ");
		if (*end)
			*end++ = '\0';
	}
	a->answer = command_output(argv, WORST_ANSWER, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_exim_bt = {
	.name = "exim_bt",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_mail_address,
	.expect_ok = valid_nothing,
	.value_ok = valid_mail_addresses,
	.run = run,
};
