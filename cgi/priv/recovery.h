#ifndef PRIV_RECOVERY_H
#define PRIV_RECOVERY_H

#include "base/err.h"

/*
 * What helpers that died left behind. The caller holds the change lock, so
 * nothing is at work any more, not even an orphaned command. Every open entry's
 * domain is read anew and the journal is made to say which state stands:
 *
 *	PREPARED	DONE when the new value is in force, else FAILED
 *	undo begun	UNDONE when the old value is back, else as before
 *	DONE		stays, with `found`: nobody has looked at the result
 *	a job		counted: some of its rows stand, or none does
 *	a guarded one	left to its timer, taken back when that was lost; an undo that
			was begun is done again, for the rules' sake (guard.h)
 *
 * Each is logged and audited once. What cannot be read now stays as it is and
 * is tried again with the next change. A file that was half written goes.
 */
void recovery_run(int lock);
/* The same where the lock is free within a moment: while a change is at work,
 * the journal is shown as it stands. */
void recovery_try(void);

#endif
