#include <string.h>

#include "priv/accounts.h"
#include "priv/audit.h"
#include "priv/change.h"
#include "priv/field.h"
#include "priv/journal.h"
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

/* Of a row: what speaks against it is written down like what was done. */
static int refuse(struct change *c, struct ask *a, struct entry *x, struct err *e)
{
	struct err why = *e;

	if (!a->parent)
		return -1;
	if (e->code == ERR_DENIED)	/* whose it is, is not told either */
		x->account[0] = '\0';
	field_set(x, text, "%s", why.text);
	if (change_fill(a, x, STATE_FAILED, e) || journal_write(x, e))
		return -1;
	field_set(a->reply, change, "%s", x->id);
	audit_write(c->audit, a->q->verb, &a->with->caller, x);
	*e = why;
	return -1;
}

/* Puts back what had no effect. What then stands decides the state. */
static void put_back(const struct setting *s, const struct setting_act *done,
		     struct entry *x, const struct err *why)
{
	const struct setting_act act = {
		.lock = done->lock, .account = x->account, .name = x->name,
		.before = x->value, .value = x->before,
	};
	char found[SETTING_MAX], note[256];
	struct err e;

	if (!s->write(&act, found, note, &e)) {
		field_set(x, state, "%s", STATE_FAILED);
		field_set(x, after, "%s", found);
		field_set(x, text, "it did not have its effect (%.300s) and was put back",
			  why->text);
		return;
	}
	/* Unreadable: it stays PREPARED and recovery will look again. */
	if (*found)
		field_set(x, state, "%s", strcmp(found, x->value) ? STATE_FAILED :
			  STATE_DONE);
	field_set(x, text, "it did not have its effect (%.180s) and was not put back (%.180s)",
		  why->text, e.text);
}

static int verify(const struct setting *s, const struct setting_act *act,
		  struct entry *x, struct err *e)
{
	struct err why;

	if (!s->verify(x->account, x->name, x->value, &why)) {
		field_set(x, state, "%s", STATE_KEPT);
		return 0;
	}
	put_back(s, act, x, &why);
	return err_set(e, ERR_UNAVAILABLE, "%s", x->text);
}

int setting_change_locked(struct change *c, struct ask *a, struct err *e)
{
	const struct setting *s = setting_of(a->q->verb);
	struct entry x = { .id = "" };
	struct setting_act act = {
		.lock = c->lock, .account = x.account, .name = x.name,
		.before = x.before, .value = x.value,
	};
	char found[SETTING_MAX], note[256];
	int rc;

	if (check(a, s, &x, e))
		return refuse(c, a, &x, e);
	if (change_fill(a, &x, STATE_PREPARED, e) || journal_write(&x, e))
		return -1;
	rc = s->write(&act, found, note, e);
	field_set(&x, after, "%s", found);
	field_set(&x, text, "%s", rc ? e->text : note);
	/* Unreadable: it stays PREPARED and recovery will look again. */
	if (*found)
		field_set(&x, state, "%s", rc ? STATE_FAILED : STATE_DONE);
	if (!rc && a->parent)
		rc = verify(s, &act, &x, e);
	field_set(a->reply, after, "%s", x.after);
	return change_report(c, a, a->q->verb, &x, rc, e);
}

int setting_change(struct ask *a, struct err *e)
{
	struct change c;
	int rc;

	if (change_begin(&c, e))
		return -1;
	rc = setting_change_locked(&c, a, e);
	change_end(&c);
	return rc;
}
