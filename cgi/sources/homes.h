#ifndef SOURCES_HOMES_H
#define SOURCES_HOMES_H

#include "mail/forward_graph.h"
#include "sources/world.h"

/*
 * Adds to a graph that is being built what filters, .forward and Sieve scripts in homes
 * do (f->forwarding.rules), and sets the state of SOURCE_HOMES. Asked are the accounts
 * of the domains that are judged, HOMES_MAX of them, each by itself and as that
 * account; files of domains that are not its own, or are not delivered here, say
 * nothing. What was not read is in f->forwarding.homes_why.
 */
#define HOMES_MAX 500

void homes_gather(struct world *w, struct facts *f, struct forward_builder *b,
		  struct arena *a);

#endif
