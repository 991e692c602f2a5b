#include "priv/ticket.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* A door's ticket for one changing request: login, door, client address. */
static int run(struct ask *a, struct err *e)
{
	return ticket_make(a->q->value, a->q->name, a->q->expect,
			   a->reply->change, e);
}

const struct verb verb_ticket = {
	.name = "ticket",
	.who = WHO_ROOT,
	.name_ok = valid_login,
	.expect_ok = valid_client,
	.value_ok = valid_whm_door,
	.run = run,
};
