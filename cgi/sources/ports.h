#ifndef SOURCES_PORTS_H
#define SOURCES_PORTS_H

#include "sources/world.h"

/*
 * Our own mail ports: who listens, and one conversation with each port in each
 * family that is listened on. Which ones ought to be served stands in
 * f->ports.wanted (exim_gather); cPanel's further ports join them here. Ports
 * that a program called exim serves unasked are spoken to as well. Fills the
 * rest of f->ports and sets SOURCE_PORTS. All conversations together end within
 * PORTS_MS; those that had no time are TALK_NOT_ASKED with that reason.
 */
#define PORTS_MS 40000
#define PORTS_MAX 64		/* more of them are left out */

void ports_gather(struct world *w, struct facts *f, struct arena *a);
/* Who listens, and nothing else of it; none where that cannot be told. */
void ports_listeners(struct world *w, struct facts *f, struct arena *a);

/*
 * Where mail programs fetch mail within TLS, after ports_gather: 993 (IMAP) and 995
 * (POP3) in f->ports.fetch, in that order. Each that is listened on is spoken to as far as
 * TLS and its certificate; what it says then is no SMTP, and it is left.
 */
void ports_fetch(struct world *w, struct facts *f, struct arena *a);

#endif
