#ifndef PRIV_CHANGE_H
#define PRIV_CHANGE_H

#include "base/err.h"
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
void change_end(struct change *c);

/* A new entry in state PREPARED, on disk, made by the asking caller; the fields
 * account and before are the verb's to fill first. */
int change_prepare(struct ask *a, struct entry *x, struct err *e);
/* Writes what came of it: journal, audit line, reply. rc and e are the act's
 * own result; -1 also when the journal could not take the result. */
int change_report(struct change *c, struct ask *a, const char *act,
		  struct entry *x, int rc, struct err *e);
/* The entry that the request names. ERR_DENIED unless this caller may touch its
 * account now; ERR_STALE when its domain moved to another account. */
int change_find(struct ask *a, struct entry *x, struct err *e);

#endif
