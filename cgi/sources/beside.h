#ifndef SOURCES_BESIDE_H
#define SOURCES_BESIDE_H

#include "sources/world.h"

/*
 * What stands beside the judged domains and is looked up for a check's sake:
 * /etc/manualmx with the hosts that it names (f->manual), the server's own name
 * (f->own_name), and domains that are neither listed nor in an account: those of
 * manual routes, of refused recipients and of forwarders (f->others; never counted, listed or
 * fixed). f->domains, f->own, f->hostname and f->refused must be known.
 *
 * Without f->hostname, or where one domain alone was gathered, only what
 * concerns that domain is looked up.
 */
#define MANUAL_ROUTES_MAX 20000	/* lines of /etc/manualmx that are looked at */
#define MANUAL_HOSTS_MAX 16	/* hosts of one line */
#define FORWARD_TARGETS_MAX 20000	/* domains that forwarders send to */

void beside_gather(struct world *w, struct facts *f, struct arena *a);

#endif
