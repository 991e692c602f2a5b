#ifndef SOURCES_ZONES_H
#define SOURCES_ZONES_H

#include "core/zone.h"
#include "sources/world.h"

/*
 * Three voices about a domain's MX, where it matters: the name servers that the
 * public DNS delegates it to, the zone kept on this server (asked at this
 * server's own addresses, RD=0, AA), and the resolver, which dns_gather asked.
 * Sets zone of the domains where they are needed: a routing that looks wrong or
 * cannot be judged, mail exchangers that do not exist, a zone kept here that
 * says something else, and, when `named`, each of f (they are few then).
 *
 * Where the delegated servers agree, their answer takes the place of the
 * resolver's, if that gave one, in the domain's MX members, and addresses that the resolver gave from its own
 * zone are asked for there too. To be called between dns_gather and the
 * verdicts, of which it makes provisional ones.
 *
 * ABSENT where the resolver was given and takes all DNS (rule catalogue 0.2).
 */
#define ZONES_MAX 2000		/* domains a scan; the others say why they wait */
#define ZONES_OWN_ADDRESSES 8	/* of this server, tried for a name server */

void zones_gather(struct world *w, bool named, struct facts *f,
		  struct arena *a);

/*
 * The addresses of a host as the public DNS has them, for a preview: by the
 * resolver, or by its name servers where that would answer from its own zone.
 * A host without an answer has its statuses say so.
 */
void zones_look_up_host(struct world *w, const struct facts *f, const char *name,
			struct arena *a, struct mx_host *out);

#endif
