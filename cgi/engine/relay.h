#ifndef ENGINE_RELAY_H
#define ENGINE_RELAY_H

#include "mail/relay.h"
#include "sources/world.h"

/* Asks the Exim of a live server, in one session; everything lives in a. */
int relay_ask(struct world *w, const struct relay_wish *wish, struct arena *a,
	      struct relay_answer *out, struct err *e);

#endif
