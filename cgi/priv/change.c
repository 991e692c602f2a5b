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

int change_begin(struct change *c, struct err *e)
{
	c->audit = -1;
	c->lock = lock_take(LOCK_WAIT_MS, e);
	if (c->lock < 0)
		return -1;
	recovery_run();
	c->audit = audit_open(e);
	if (c->audit >= 0)
		return 0;
	change_end(c);
	return -1;
}

void change_end(struct change *c)
{
	if (c->audit >= 0)
		close(c->audit);
	lock_drop(c->lock);
}

int change_prepare(struct ask *a, struct entry *x, struct err *e)
{
	const struct caller *caller = &a->with->caller;

	if (journal_new_id(x->id, e) ||
	    session_begin(&a->with->session, x->id, e))
		return -1;
	field_set(x, verb, "%s", a->q->verb);
	field_set(x, name, "%s", a->q->name);
	field_set(x, expect, "%s", a->q->expect);
	field_set(x, value, "%s", a->q->value);
	field_set(x, state, "%s", STATE_PREPARED);
	field_set(x, at, "%lld", (long long)time(NULL));
	field_set(x, by, "%s", caller->by);
	field_set(x, door, "%s", caller->door);
	field_set(x, from, "%s", caller->from);
	field_set(x, session, "%s", a->with->session.name);
	journal_prune();
	return journal_write(x, e);
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
	char account[ACCOUNT_MAX];

	if (journal_read(x, a->q->name, e) ||
	    caller_may_touch(&a->with->caller, x->account, e) ||
	    accounts_of_domain(x->name, account, e))
		return -1;
	if (strcmp(account, x->account))
		return err_set(e, ERR_STALE,
			       "%s belonged to %s when change %s was made and belongs to %s now",
			       x->name, x->account, x->id, account);
	return 0;
}
