#include <string.h>
#include <time.h>
#include <unistd.h>

#include "priv/accounts.h"
#include "priv/audit.h"
#include "priv/change.h"
#include "priv/field.h"
#include "priv/journal.h"
#include "priv/lock.h"
#include "priv/recovery.h"

#define LOCK_WAIT_MS 15000

static int begin(struct change *c, bool settle, struct err *e)
{
	c->audit = -1;
	c->lock = lock_take(LOCK_WAIT_MS, e);
	if (c->lock < 0)
		return -1;
	if (!lock_begin(c->lock) || settle)
		recovery_run(c->lock);
	c->audit = audit_open(e);
	if (c->audit >= 0)
		return 0;
	change_end(c);
	return -1;
}

int change_begin(struct change *c, struct err *e)
{
	return begin(c, true, e);
}

int change_begin_again(struct change *c, struct err *e)
{
	return begin(c, false, e);
}

void change_end(struct change *c)
{
	if (c->audit >= 0)
		close(c->audit);
	lock_end(c->lock);
	lock_drop(c->lock);
}

/* The rows of a job are looked for behind it. */
static int check_order(const struct entry *x, const char *parent, struct err *e)
{
	if (!parent || strcmp(x->id, parent) > 0)
		return 0;
	return err_set(e, ERR_UNAVAILABLE,
		       "the server's clock was set back since %s began: nothing more is changed under it",
		       parent);
}

int change_fill(struct ask *a, struct entry *x, const char *state, struct err *e)
{
	const struct caller *caller = &a->with->caller;

	if (journal_new_id(x->id, e) || check_order(x, a->parent, e) ||
	    session_begin(&a->with->session, x->id, e))
		return -1;
	field_set(x, verb, "%s", a->q->verb);
	field_set(x, name, "%s", a->q->name);
	field_set(x, expect, "%s", a->q->expect);
	field_set(x, value, "%s", a->q->value);
	field_set(x, state, "%s", state);
	field_set(x, at, "%lld", (long long)time(NULL));
	field_set(x, by, "%s", caller->by);
	field_set(x, door, "%s", caller->door);
	field_set(x, from, "%s", caller->from);
	field_set(x, session, "%s", a->with->session.name);
	field_set(x, parent, "%s", a->parent ? a->parent : "");
	if (!a->parent)
		journal_prune();
	return 0;
}

void change_undo_begins(const struct caller *c, struct entry *x)
{
	field_set(x, undo, "%s", UNDO_PREPARED);
	field_set(x, undo_by, "%s", c->by);
	field_set(x, undo_door, "%s", c->door);
	field_set(x, undo_from, "%s", c->from);
	field_set(x, undo_at, "%lld", (long long)time(NULL));
}

bool change_decides(const struct caller *c, const struct entry *x)
{
	return c->who & (WHO_ROOT | WHO_ADMIN) ||
		(!strcmp(c->by, x->by) && !strcmp(c->door, x->door));
}

bool change_is_for(const struct caller *c, const struct entry *x)
{
	const struct verb *v = verb_named(x->verb);

	return c->who & (WHO_ROOT | WHO_ADMIN) || (v && v->who & c->who);
}

/* To an account what is foreign is as what nobody has. */
static int hide(const struct caller *c, struct err *e)
{
	if (c->who == WHO_ACCOUNT && (e->code == ERR_DENIED || e->code == ERR_NOT_FOUND))
		err_set(e, ERR_DENIED, "there is nothing of that name in the account %s",
			c->by);
	return -1;
}

int change_whose(const struct caller *c, const struct setting *s, const char *name,
		 char account[ACCOUNT_MAX], struct err *e)
{
	account[0] = '\0';
	if (!s || !s->of_server)
		return accounts_of_domain(name, account, e) ||
			caller_may_touch(c, account, e) ? hide(c, e) : 0;
	if (c->who & (WHO_ROOT | WHO_ADMIN))
		return 0;
	return err_set(e, ERR_DENIED, "this is a matter of the server's administrator");
}

int change_report(struct change *c, struct ask *a, const char *act,
		  struct entry *x, int rc, struct err *e)
{
	struct err unwritten;

	field_set(a->reply, change, "%s", x->id);
	if (journal_write(x, &unwritten)) {
		field_set(x, text, "the journal could not be written: %s",
			  unwritten.text);
		audit_write(c->audit, act, &a->with->caller, x);
		return err_set(e, ERR_UNAVAILABLE,
			       "%s is %s now, but the journal could not be written and says otherwise: %s",
			       x->name, *x->after ? x->after : "in an unknown state",
			       unwritten.text);
	}
	audit_write(c->audit, act, &a->with->caller, x);
	return rc;
}

int change_find(struct ask *a, struct entry *x, struct err *e)
{
	const struct caller *c = &a->with->caller;
	char account[ACCOUNT_MAX];

	if (journal_read(x, a->q->name, e))
		return hide(c, e);
	if (entry_is_job(x)) {	/* no account's */
		err_set(e, c->who == WHO_ACCOUNT ? ERR_DENIED : ERR_INPUT,
			"%s is a job over many", x->id);
		return hide(c, e);
	}
	if ((*x->account && caller_may_touch(c, x->account, e)) ||
	    change_whose(c, setting_of(x->verb), x->name, account, e))
		return hide(c, e);
	if (!change_is_for(c, x)) {
		err_set(e, ERR_DENIED, "%s is not for this caller", x->verb);
		return hide(c, e);
	}
	if (strcmp(account, x->account))
		return err_set(e, ERR_STALE,
			       "%s belonged to %s when change %s was made and belongs to %s now",
			       x->name, x->account, x->id, account);
	return 0;
}
