#ifndef MAIL_PORT_EVIDENCE_H
#define MAIL_PORT_EVIDENCE_H

#include "core/finding.h"
#include "mail/port_verdict.h"

/* What was seen of ports, as evidence that can be checked by hand: shared by
 * the checks about them. */

/* Who listens on one of our ports, or that nobody does, and who asks for it. */
void port_evidence_own(struct report *r, struct finding *x, const struct own_port *o);

/* What exim_mainlog says of port 25 in the family. */
void port_evidence_log(struct report *r, struct finding *x,
		       const struct facts *f, int family);

/* Every connection of the last probe as this user to the port in the family. */
void port_evidence_probe(struct report *r, struct finding *x,
			 const struct facts *f, enum out_user user,
			 unsigned port, int family);

const char *port_family(int family);	/* "IPv4", "IPv6" */

#endif
