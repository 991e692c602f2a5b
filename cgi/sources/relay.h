#ifndef SOURCES_RELAY_H
#define SOURCES_RELAY_H

#include "mail/relay.h"
#include "sources/world.h"

/* Asks a server's Exim, in one session; everything lives in a. */
int relay_ask(struct world *w, const struct relay_wish *wish, struct arena *a,
	      struct relay_answer *out, struct err *e);
/* The same where RELAY_STALE is of no interest. */
int relay_ask_file(struct world *w, const struct relay_wish *wish, struct arena *a,
		   struct relay_answer *out, struct err *e);

#endif
