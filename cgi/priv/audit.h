#ifndef PRIV_AUDIT_H
#define PRIV_AUDIT_H

#include "base/err.h"
#include "priv/caller.h"
#include "priv/entry.h"

/*
 * /var/log/relaydoctor/audit.log: one line an act, appended by one write:
 * when, what ("set_routing", "keep", "undo", "recover"), who, through which
 * door, from where, on which account and domain, from what to what, and what
 * came of it. Values are percent-encoded, so no value can begin a line.
 */
int audit_open(struct err *e);	/* before acting: no audit, no act */
void audit_write(int audit, const char *act, const struct caller *c,
		 const struct entry *x);

#endif
