#ifndef SOURCES_PROBE_PACE_H
#define SOURCES_PROBE_PACE_H

#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"

/*
 * How often this machine connects to the mail ports of others for somebody's question:
 * once a minute to an address, however many servers call it theirs, and one probe at a
 * time. Kept in /run for root, who asks from cron and for whole fleets; whoever is not root
 * has no more than his own connections.
 */
#define PROBE_PACE_S 60

/* Before root is given up: a descriptor, or -1 with errno (EPERM: not root). */
int probe_pace_open(void);
/* Takes the turn of all n, and holds it until fd is closed. -1 with ERR_LIMIT: none of
 * them may be connected to now. */
int probe_pace_take(int fd, const struct ip *to, size_t n, struct err *e);

#endif
