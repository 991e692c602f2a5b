#include <string.h>

#include "priv/field.h"
#include "priv/guard.h"
#include "priv/journal.h"
#include "priv/undo.h"

/* Only a change that stands can be undone, and only while what it left is
 * still there: whatever came after it is somebody's decision. */
static int check(const struct change *c, struct ask *a, struct entry *x, struct err *e)
{
	const struct setting *sets;
	char now[SETTING_MAX];

	if (change_find(a, x, e))
		return -1;
	if (entry_is(x, STATE_UNDONE))
		return err_set(e, ERR_STALE, "change %s was undone already", x->id);
	sets = setting_of(x->verb);
	if (!sets || *x->undo ||
	    (!entry_is(x, STATE_DONE) && !entry_is(x, STATE_KEPT)))
		return err_set(e, ERR_STALE, "change %s is %s%s and cannot be undone",
			       x->id, x->state,
			       *x->undo ? " with an undo that is not settled" : "");
	if (sets->no_undo)
		return err_set(e, ERR_DENIED, "change %s cannot be undone: %s", x->id, sets->no_undo);
	if (sets->guarded && guard_is_only(x, c->lock, c->audit, e))
		return -1;
	if (sets->read(x->account, x->name, now, e))
		return -1;
	field_set(a->reply, before, "%s", now);
	if (strcmp(now, x->after))
		return err_set(e, ERR_STALE,
			       "changed meanwhile: change %s left %s of %s at %s, and it is %s now",
			       x->id, sets->what, x->name, x->after, now);
	return 0;
}

/* Of a job's row the reason is kept where the row is shown. */
static int refuse(struct ask *a, struct entry *x, struct err *e)
{
	struct err unwritten;

	if (!a->parent)
		return -1;
	if (entry_stands(x)) {
		field_set(x, text, "undo: %.380s", e->text);
		if (journal_write(x, &unwritten)) {
			*e = unwritten;
			return -1;
		}
	}
	field_set(a->reply, change, "%s", a->q->name);
	return -1;
}

int undo_locked(struct change *c, struct ask *a, struct err *e)
{
	struct entry x = { .id = "" };
	struct setting_act act = {
		.lock = c->lock, .account = x.account, .name = x.name,
		.before = x.after, .value = x.before,
	};
	char found[SETTING_MAX], note[256];
	const struct setting *sets;
	int rc;

	if (check(c, a, &x, e))
		return refuse(a, &x, e);
	sets = setting_of(x.verb);
	change_undo_begins(&a->with->caller, &x);
	if (journal_write(&x, e))
		return -1;
	field_set(a->reply, change, "%s", x.id);
	note[0] = '\0';
	rc = sets->guarded ? guard_undo(sets, &x, &act, found, note, e) :
		setting_write(sets, &act, found, note, e);
	if (rc || *note)
		field_set(&x, text, "undo: %s", rc ? e->text : note);
	/* Unreadable: the undo stays prepared and recovery will look again. */
	if (*found)
		field_set(&x, undo, "%s", "");
	if (!rc)
		field_set(&x, state, "%s", STATE_UNDONE);
	field_set(a->reply, after, "%s", found);
	return change_report(c, a, "undo", &x, rc, e);
}
