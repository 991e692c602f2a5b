#ifndef SOURCES_EXIM_H
#define SOURCES_EXIM_H

#include "mail/exim_route.h"
#include "sources/world.h"

/* The running configuration: version, which lists its domain lists really look
 * up. Sets SOURCE_EXIM; absent where the world cannot ask Exim. */
void exim_gather(struct world *w, struct facts *f, struct arena *a);

/* Since when it runs, beside what exim_gather has read. Sets SOURCE_DAEMON. */
void exim_daemon_gather(struct world *w, struct facts *f, struct arena *a);

/* The bounces that lie frozen in its queue. Sets SOURCE_QUEUE. */
void exim_queue_gather(struct world *w, struct facts *f, struct arena *a);

/* Exim's own route for an address (-bt): the last word on where mail goes. */
int exim_route_ask(struct world *w, const char *address, struct arena *a,
		   struct exim_route *out, struct err *e);

/* All results for all of them, by one question, into which they must fit; asked tells
 * whose each is. */
int exim_results_ask(struct world *w, const char *const *addresses, size_t n, struct arena *a,
		     const struct exim_route **out, size_t *nout, struct err *e);

/*
 * The same for many at once: out[i] is the route of the address itself, kind
 * EXIM_ROUTE_UNKNOWN where Exim did not say. progress as in world_ahead.
 */
void exim_routes_ask(struct world *w, const char *const *addresses, size_t n,
		     void (*progress)(void *ctx, size_t done, size_t total),
		     void *ctx, struct arena *a, struct exim_route *out);

#endif
