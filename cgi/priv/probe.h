#ifndef PRIV_PROBE_H
#define PRIV_PROBE_H

#include "base/err.h"
#include "base/reach.h"

/*
 * Connections to the mail ports of others, as somebody on this server would
 * make them (base/reach.h): one child for each user, all of them at once. Root and
 * Exim's user ask every target, others the first one of each family: a host sees at
 * most four connections to a port.
 */
#define PROBE_TARGETS 4
#define PROBE_PORTS 5
#define PROBE_GAP_MS 60000	/* between two probes of this server */

/*
 * The whole probe: targets and what ("PORTS" or "PORTS ACCOUNT") are the verb's
 * arguments, which were validated (valid.h). The answer is a memory file of the caller's, text
 * for mail/probe.h; it is also kept in PATH_STATE for later scans. ERR_LIMIT
 * when the last probe was less than PROBE_GAP_MS ago, whoever asked for it.
 */
int probe_run(const char *targets, const char *what, struct err *e);

#endif
