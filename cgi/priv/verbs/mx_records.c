#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "priv/accounts.h"
#include "priv/mx.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* "SERIAL MX-TEXT" of a domain's own zone, as set_mx expects it. */
static int run(struct ask *a, struct err *e)
{
	char value[SETTING_MAX], text[SETTING_MAX + 16];
	uint32_t serial;
	int n;

	if (accounts_check(a->q->name, e) ||
	    mx_read(a->q->name, a->q->value, value, &serial, e))
		return -1;
	n = snprintf(text, sizeof(text), "%u %s", serial, value);
	a->answer = io_memfd("mx", text, (size_t)n);
	return a->answer < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file: %s",
				       strerror(errno)) : 0;
}

const struct verb verb_mx_records = {
	.name = "mx_records",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_account,
	.expect_ok = valid_nothing,
	.value_ok = valid_domain,
	.run = run,
};
