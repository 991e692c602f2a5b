#ifndef MAIL_ZONE_EVIDENCE_H
#define MAIL_ZONE_EVIDENCE_H

#include "core/finding.h"
#include "core/zone.h"

/* What each keeper of a domain's zone said about its MX, with the serials: the
 * delegated name servers (all, where they differ), the zone kept here, and what
 * this server's resolver made of it. Nothing where nobody was asked. */
void zone_evidence(struct report *r, struct finding *x, const struct domain *d);

/* "dns-host.example", or "its DNS operator" where the name is not known. */
const char *zone_keeper(const struct zone *z);

/*
 * The finding's letter: what to send to the one who keeps the zone, so that the
 * MX of d becomes `wanted` (a text as mx_set_text makes it, or the admin's to
 * fill in) because of `why`, a sentence. Nothing where the zone is kept here.
 */
void zone_letter(struct report *r, struct finding *x, const struct domain *d,
		 const char *wanted, const char *why);

#endif
