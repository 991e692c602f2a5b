#ifndef SOURCES_FIREWALL_H
#define SOURCES_FIREWALL_H

#include "sources/world.h"

/*
 * f->blocking.rules: what iptables-save lists of both families, then the other
 * half (legacy or nf_tables), then nft for the tables that are in neither. Also
 * f->blocking.users out of passwd. SOURCE_FIREWALL is absent where this world
 * runs no programs, and failed when no tool could list anything; what one of
 * several could not list is a gap in the rules.
 */
void firewall_gather(struct world *w, struct facts *f, struct arena *a);

/* csf.conf, WHM's SMTP Restrictions, held accounts: SOURCE_CSF (absent without
 * CSF), SOURCE_RESTRICTIONS, SOURCE_HOLDS. */
void blocking_gather(struct world *w, struct facts *f, struct arena *a);

#endif
