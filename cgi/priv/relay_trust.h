#ifndef PRIV_RELAY_TRUST_H
#define PRIV_RELAY_TRUST_H

#include "priv/change.h"

/*
 * One client address that may relay for a while, by the list's file and the address
 * alone: "trustedmailhosts:203.0.113.9". The value is "absent", "until YYYY-MM-DD"
 * (that day is the last, UTC), or "listed", when the list has it by a line that is not
 * ours. Our line says itself how long it holds:
 *
 *	203.0.113.9 # Relay Doctor: trusted until 2026-12-28
 *
 * so that it ends even where the journal is lost. It is put at the end, and every other
 * byte of the file stays. Never loopback, multicast or a network; 90 days at most.
 * ERR_DENIED: the address stands there twice, or the file's last line has no end.
 */
extern const struct setting setting_relay_trust;
bool valid_relay_trust(const char *name);
bool valid_relay_trusted(const char *value);	/* any of the three */
bool valid_relay_until(const char *value);

/* Some line of ours is over. */
bool relay_trust_is_due(void);
/* Takes out those that are, under the change's lock; the change that had put one in
 * is UNDONE then. -1 with the last error, when the others are out. */
int relay_trust_expire(const struct change *c, struct err *e);

#endif
