#include "base/io.h"
#include "priv/ticket.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Settles for whom the WHM front speaks; only once, as the caller is then no
 * bare front any more. */
static int run(struct ask *a, struct err *e)
{
	if (ticket_take(a->q->value, &a->with->caller, e))
		return -1;
	a->with->proven_at = io_monotonic_ms();
	return 0;
}

const struct verb verb_as_ticket = {
	.name = "as_ticket",
	.who = WHO_ADMIN_FRONT,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_ticket,
	.run = run,
};
