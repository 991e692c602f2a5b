#ifndef SOURCES_OUTSIDE_H
#define SOURCES_OUTSIDE_H

#include "sources/world.h"

/*
 * Another server's mail ports as this machine reaches them: 25, 465 and 587 of at most
 * OUTSIDE_HOSTS addresses of either family that are that server's own (f->own) and of the
 * public internet, beside them those of `control`: one host of either family that is known
 * to answer there, or none. Fills f->ports.outside; without such an address it stays
 * empty, and its why says so. To be called when somebody has asked for it.
 */
#define OUTSIDE_HOSTS 2

void outside_gather(struct world *w, const struct ip *control, size_t ncontrol,
		    struct facts *f, struct arena *a);

/* How connections of the caller's own to these addresses went: lines for mail/probe.h.
 * What an address of this machine's own refuses counts as kept here, and a connection to
 * one as ending here. */
int outside_reach(const struct ip *to, size_t n, struct arena *a, char **out, size_t *len,
		  struct err *e);

#endif
