#include <string.h>
#include <time.h>

#include "priv/accounts.h"
#include "priv/audit.h"
#include "priv/change.h"
#include "priv/field.h"
#include "priv/guard.h"
#include "priv/journal.h"
#include "priv/setting.h"

int setting_found(const struct setting *s, const struct setting_act *x, int rc,
		  char found[SETTING_MAX], struct err *e)
{
	struct err unread;

	if (s->read(x->account, x->name, found, &unread)) {
		found[0] = '\0';
		if (!rc)
			*e = unread;
		return -1;
	}
	if (!rc && strcmp(found, x->value))
		return err_set(e, ERR_UNAVAILABLE, "%s of %s was to be %s, and is %s", s->what,
			       x->name, x->value, found);
	return rc;
}

int setting_write(const struct setting *s, const struct setting_act *x,
		  char found[SETTING_MAX], char note[256], struct err *e)
{
	struct arena a = ARENA_INIT;
	int rc;

	if (s->write)
		return s->write(x, found, note, e);
	rc = s->apply(x, &a, e);
	note[0] = '\0';
	arena_clear(&a);
	rc = setting_found(s, x, rc, found, e);
	if (!rc || s->guarded || strcmp(found, x->value) || !strcmp(x->before, x->value))
		return rc;
	/* As when the file stands, and its directory could not be synced. */
	field_print(note, 256, "it is in force, although: %s", e->text);
	return 0;
}

/* Whose domain it is, and that it still is as the plan saw it. */
static int check(struct ask *a, const struct setting *s, struct entry *x,
		 struct err *e)
{
	char now[SETTING_MAX];

	if (change_whose(&a->with->caller, s, a->q->name, x->account, e) ||
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

	if (!setting_write(s, &act, found, note, &e)) {
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

/* The new rules are in force, and this server still answers itself; or the old
 * ones are back. */
static int check_rules(const struct setting *s, const struct setting_act *done,
		       struct entry *x, unsigned answering, int rc,
		       char found[SETTING_MAX], struct err *e)
{
	struct setting_act back = *done;
	struct err why;

	if (rc)
		why = *e;
	else if (!guard_check(answering, &why))
		return 0;
	back.before = x->value;
	back.value = x->before;
	if (guard_put_back(s, x->id, &back, found, e))
		return err_set(e, ERR_UNAVAILABLE, "%.200s; and it was not put back: %.200s",
			       why.text, e->text);
	return err_set(e, ERR_UNAVAILABLE, "%.400s; everything is as before", why.text);
}

/* The write, and around that of a guarded setting what guard.h says. */
static int act_on(const struct setting *s, const struct setting_act *act,
		  struct entry *x, char found[SETTING_MAX], char note[256], struct err *e)
{
	unsigned answering = 0;
	int rc;

	note[0] = '\0';
	if (s->guarded && guard_begin(x, &answering, e)) {
		field_print(found, SETTING_MAX, "%s", x->before);
		return -1;
	}
	rc = setting_write(s, act, found, note, e);
	return s->guarded ? check_rules(s, act, x, answering, rc, found, e) : rc;
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

	if ((s->guarded && guard_is_only(NULL, c->lock, c->audit, e)) || check(a, s, &x, e))
		return refuse(c, a, &x, e);
	if (change_fill(a, &x, STATE_PREPARED, e))
		return -1;
	if (s->guarded)
		field_set(&x, deadline, "%lld", (long long)time(NULL) + GUARD_S);
	if (journal_write(&x, e))
		return -1;
	rc = act_on(s, &act, &x, found, note, e);
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
