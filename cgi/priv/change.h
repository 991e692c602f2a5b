#ifndef PRIV_CHANGE_H
#define PRIV_CHANGE_H

#include <stdbool.h>

#include "base/err.h"
#include "priv/accounts.h"
#include "priv/entry.h"
#include "priv/verb.h"

/*
 * What every changing verb does around its own work: the change lock, recovery
 * of what dead helpers left, the audit log opened before anything is done.
 */
struct change {
	int lock, audit;
};

int change_begin(struct change *c, struct err *e);
/* The same for the next row of a job, which has settled the journal before: it
 * is settled again only if somebody died under the lock since. */
int change_begin_again(struct change *c, struct err *e);
void change_end(struct change *c);

/* Makes it a new entry in this state, of the asking caller, for what it asks;
 * nothing is written yet. account, before and text are the verb's to fill. */
int change_fill(struct ask *a, struct entry *x, const char *state, struct err *e);
/* Root and the admin door decide about any change, others about their own. */
bool change_decides(const struct caller *c, const struct entry *x);
/* Root and the admin door may see and undo any change, others those that they could have
 * asked for: what an administrator changed by a verb that is not theirs stays. */
bool change_is_for(const struct caller *c, const struct entry *x);
/* Notes in the entry who undoes it now; written by the caller. */
void change_undo_begins(const struct caller *c, struct entry *x);
/* Whose setting of this name it is, when this caller may touch it now: "" for
 * one of the server's. An account is told the same of what is another's and of
 * what nobody has. */
int change_whose(const struct caller *c, const struct setting *s, const char *name,
		 char account[ACCOUNT_MAX], struct err *e);
/* Writes what came of it: journal, audit line, reply. rc and e are the act's
 * own result; -1 also when the journal could not take the result. */
int change_report(struct change *c, struct ask *a, const char *act,
		  struct entry *x, int rc, struct err *e);
/* The entry of one change that the request names. ERR_DENIED unless this caller may touch its
 * account now; ERR_STALE when its domain moved to another account. */
int change_find(struct ask *a, struct entry *x, struct err *e);

#endif
