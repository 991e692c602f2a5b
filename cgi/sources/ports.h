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

#endif
