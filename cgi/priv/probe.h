#ifndef PRIV_PROBE_H
#define PRIV_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/ip.h"

/*
 * Connections to the mail ports of others, as somebody on this server would
 * make them: one child for each user, all of them and all of their connections
 * at once, over within PROBE_MS. What is said to the far end is QUIT, after its greeting, and
 * nothing else. What it says is kept as bytes (the first line, at most
 * PROBE_BANNER) and never read here. Root and Exim's user ask every target, others
 * the first one of each family: a host sees at most four connections to a port.
 */
#define PROBE_MS 4000
#define PROBE_QUIT_MS 500	/* from QUIT to the far end's goodbye */
#define PROBE_READ_MAX 2048	/* bytes taken from one far end */
#define PROBE_BANNER 200
#define PROBE_TARGETS 4
#define PROBE_PORTS 5
#define PROBE_GAP_MS 60000	/* between two probes of this server */

struct probe_try {
	struct ip to;
	uint16_t port;
	bool speaks_first;	/* there is a greeting to wait for */
};

/* How it went: fixed, so that it fits a pipe in one piece. */
struct probe_outcome {
	uint32_t index;		/* of the try */
	int32_t error;		/* errno of the connection; 0: connected */
	uint32_t ms;		/* until that was known */
	bool timed_out;
	bool kept_here;		/* SYNs were sent again, and none of them left */
	bool ends_here;		/* the far end is a socket of this server */
	struct ip offender;	/* who sent the ICMP error; family 0: none */
	uint32_t nbanner;
	char banner[PROBE_BANNER];
};

/* Makes the n connections and writes an outcome for each to out. To be called in
 * a child that has become the user. */
void probe_connect(const struct probe_try *tries, size_t n, int out);

/*
 * The whole probe: targets and what ("PORTS" or "PORTS ACCOUNT") are the verb's
 * arguments, which were validated (valid.h). The answer is a memory file of the caller's, text
 * for mail/probe.h; it is also kept in PATH_STATE for later scans. ERR_LIMIT
 * when the last probe was less than PROBE_GAP_MS ago, whoever asked for it.
 */
int probe_run(const char *targets, const char *what, struct err *e);

#endif
