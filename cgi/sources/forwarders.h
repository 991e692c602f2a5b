#ifndef SOURCES_FORWARDERS_H
#define SOURCES_FORWARDERS_H

#include "sources/world.h"

/*
 * Fills f->forwarding and the state of SOURCE_FORWARDERS from /etc/valiases,
 * /etc/vdomainaliases, /etc/vfilters and /etc/exim.conf.localopts; always of the
 * whole server, because an address leads from one domain to the next, and of the
 * administrator's other servers, whose forwarders are copied to OTHER_VALIASES; and of
 * what acts on mail in the homes of accounts (sources/homes.h).
 */
void forwarders_gather(struct world *w, struct facts *f, struct arena *a);

#endif
