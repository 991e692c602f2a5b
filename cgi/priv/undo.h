#ifndef PRIV_UNDO_H
#define PRIV_UNDO_H

#include "priv/change.h"

/*
 * Puts back what the one change that the request names has replaced, under a
 * lock that is held. For a job (a->parent) a refusal is noted in the entry;
 * without a change in the reply the journal takes nothing now.
 */
int undo_locked(struct change *c, struct ask *a, struct err *e);

#endif
