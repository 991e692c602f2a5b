#ifndef SOURCES_MANUAL_ROUTES_H
#define SOURCES_MANUAL_ROUTES_H

#include "base/map.h"
#include "sources/world.h"

/* Every host that is named, once, without its addresses yet. */
struct manual_hosts {
	struct map by_name;
	struct mx_host **list;
	size_t n, cap;
};

/*
 * Fills f->manual from /etc/manualmx, and hosts with the hosts that it names. Of two lines for a domain the first counts,
 * as in Exim's lookup. Where one domain alone is gathered, only its line is.
 */
void manual_routes_gather(struct world *w, struct facts *f,
			  struct manual_hosts *hosts, struct arena *a);

#endif
