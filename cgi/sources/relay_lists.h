#ifndef SOURCES_RELAY_LISTS_H
#define SOURCES_RELAY_LISTS_H

#include "sources/world.h"

/*
 * The server's lists of client addresses that may relay on one release of the panel
 * or another; of their wide networks those that Exim really relays by, which a few
 * test sessions (RELAY_SESSIONS_MAX at most) show, and of the lists that a person keeps
 * the single addresses, by one session a file. Sets SOURCE_RELAY; absent where
 * there is no Exim to ask.
 */
#define RELAY_SESSIONS_MAX 8

void relay_lists_gather(struct world *w, struct facts *f, struct arena *a);

/* What Exim says of t->ip now, in one session as a client without a login. */
void relay_trust_ask(struct world *w, struct relay_trust *t, struct arena *a);

#endif
