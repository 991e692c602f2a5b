#include <string.h>

#include "priv/accounts.h"
#include "priv/change.h"
#include "priv/field.h"
#include "priv/setting.h"

/* Whose domain it is, and that it still is as the plan saw it. */
static int check(struct ask *a, const struct setting *s, struct entry *x,
		 struct err *e)
{
	char now[SETTING_MAX];

	if (accounts_of_domain(a->q->name, x->account, e) ||
	    caller_may_touch(&a->with->caller, x->account, e) ||
	    s->read(x->account, a->q->name, now, e))
		return -1;
	field_set(x, before, "%s", now);
	field_set(a->reply, before, "%s", now);
	if (strcmp(now, a->q->expect))
		return err_set(e, ERR_STALE,
			       "changed meanwhile: %s of %s was expected to be %s and is %s",
			       s->what, a->q->name, a->q->expect, now);
	return 0;
}

static int change(struct change *c, struct ask *a, const struct setting *s,
		  struct err *e)
{
	struct entry x = { .id = "" };
	struct setting_act act = {
		.lock = c->lock, .account = x.account, .name = x.name,
		.before = x.before, .value = x.value,
	};
	char found[SETTING_MAX], note[256];
	int rc;

	if (check(a, s, &x, e) || change_prepare(a, &x, e))
		return -1;
	rc = s->write(&act, found, note, e);
	field_set(&x, after, "%s", found);
	field_set(&x, text, "%s", rc ? e->text : note);
	/* Unreadable: it stays PREPARED and recovery will look again. */
	if (*found)
		field_set(&x, state, "%s", rc ? STATE_FAILED : STATE_DONE);
	field_set(a->reply, after, "%s", found);
	return change_report(c, a, a->q->verb, &x, rc, e);
}

int setting_change(struct ask *a, struct err *e)
{
	const struct setting *s = setting_of(a->q->verb);
	struct change c;
	int rc;

	if (change_begin(&c, e))
		return -1;
	rc = change(&c, a, s, e);
	change_end(&c);
	return rc;
}
