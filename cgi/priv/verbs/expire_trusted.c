#include "priv/recovery.h"
#include "priv/relay_trust.h"
#include "priv/valid.h"

/* Ends what trust_address was told the end of. It takes out our own lines whose day is
 * over and nothing else, so whoever asks, and however often, decides nothing. */
static int run(struct ask *a, struct err *e)
{
	struct change c;
	int rc;

	(void)a;
	/* This is asked soon after the server has started, too: that has ended the timers
	 * of guarded changes. */
	recovery_try();
	if (!relay_trust_is_due())
		return 0;
	if (change_begin(&c, e))
		return -1;
	rc = relay_trust_expire(&c, e);
	change_end(&c);
	return rc;
}

const struct verb verb_expire_trusted = {
	.name = "expire_trusted",
	.who = WHO_ROOT | WHO_ADMIN_FRONT,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
