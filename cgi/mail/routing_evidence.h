#ifndef MAIL_ROUTING_EVIDENCE_H
#define MAIL_ROUTING_EVIDENCE_H

#include "core/facts.h"
#include "core/finding.h"
#include "mail/verdict.h"

/* What findings about a domain's routing show, the same in all of them. */

/* The list lines, the DNS records with whose they are, the panel's setting, the
 * arrivals seen in the log, and Exim's own definition of its local domains. */
void routing_evidence(struct report *r, struct finding *x,
		      const struct facts *f, const struct domain *d);

/* The DNS records alone, each exchanger with whose it is. */
void exchanger_evidence(struct report *r, struct finding *x,
			const struct domain *d);

/* One host with its addresses and whose it is. */
void host_evidence(struct report *r, struct finding *x, const struct mx_host *h);

/*
 * Takes the button off where the change could not be made or would not work,
 * and says what a person can do: where the mail would go is in doubt (mx_doubt),
 * no account owns the domain, the panel does not
 * offer it, or the running Exim does not read the list that would change.
 */
void routing_button(struct report *r, struct finding *x,
		    const struct facts *f, const struct domain *d);

/* "aspmx.l.google.com (Google Workspace)" of the exchanger that decides; the
 * domain itself where it has no MX. In the report's arena. */
const char *routing_exchanger(struct report *r, const struct mx_view *v);

#endif
