#ifndef SOURCES_PROGRAMS_H
#define SOURCES_PROGRAMS_H

#include "sources/world.h"

/* Fills f->forwarding.programs: those that the lines of accounts' domains pipe mail to,
 * each once an account, FORWARD_PROGRAMS_MAX of them. The graph must be there. */
void programs_gather(struct world *w, struct facts *f, struct arena *a);

#endif
