#ifndef PRIV_LOCK_H
#define PRIV_LOCK_H

#include <stdbool.h>

#include "base/err.h"

/*
 * One change at a time on the whole server. The lock is an flock, and the
 * command that changes something inherits it: when a helper dies in the middle,
 * the lock stays held until that command has ended, and only then does anybody
 * look at what it left.
 */
int lock_take(int wait_ms, struct err *e);	/* a descriptor, or -1 */
void lock_drop(int lock);	/* for the inheritors too; -1 is fine */

/* Notes that a change begins; whether the last one that began had ended
 * (lock_end). Otherwise its helper died, and the journal has to be settled. */
bool lock_begin(int lock);
void lock_end(int lock);

#endif
