#include <string.h>

#include "priv/accounts.h"
#include "priv/change.h"
#include "priv/field.h"
#include "priv/routing.h"
#include "priv/valid.h"

/* Whose domain it is, and that it still is as the plan saw it. */
static int check(struct ask *a, struct entry *x, struct err *e)
{
	struct routing now;

	if (accounts_of_domain(a->q->name, x->account, e) ||
	    caller_may_touch(&a->with->caller, x->account, e) ||
	    routing_read(x->account, a->q->name, &now, e))
		return -1;
	field_set(x, before, "%s", now.mxcheck);
	field_set(a->reply, before, "%s", now.mxcheck);
	if (strcmp(now.mxcheck, a->q->expect))
		return err_set(e, ERR_STALE,
			       "changed meanwhile: the routing of %s was expected to be %s and is %s",
			       a->q->name, a->q->expect, now.mxcheck);
	return 0;
}

static int change(struct change *c, struct ask *a, struct err *e)
{
	struct entry x = { .id = "" };
	struct routing found;
	char note[256];
	int rc;

	if (check(a, &x, e) || change_prepare(a, &x, e))
		return -1;
	rc = routing_write(c->lock, x.account, x.name, x.before, x.value, &found,
			   note, e);
	field_set(&x, after, "%s", found.mxcheck);
	field_set(&x, text, "%s", rc ? e->text : note);
	/* Unreadable: it stays PREPARED and recovery will look again. */
	if (*found.mxcheck)
		field_set(&x, state, "%s", rc ? STATE_FAILED : STATE_DONE);
	field_set(a->reply, after, "%s", found.mxcheck);
	return change_report(c, a, "set_routing", &x, rc, e);
}

static int run(struct ask *a, struct err *e)
{
	struct change c;
	int rc;

	if (change_begin(&c, e))
		return -1;
	rc = change(&c, a, e);
	change_end(&c);
	return rc;
}

const struct verb verb_set_routing = {
	.name = "set_routing",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_domain,
	.expect_ok = valid_mxcheck,
	.value_ok = valid_mxcheck,
	.run = run,
};
