#ifndef MAIL_KERNEL_LOG_H
#define MAIL_KERNEL_LOG_H

#include "base/text.h"
#include "core/facts.h"
#include "core/finding.h"

/*
 * What CSF has the kernel log of TCP connections that it stops:
 * "TIME HOST kernel: [TICKS] Firewall: *TCP_OUT Blocked* IN= OUT=eth0 SRC=… DST=…
 * … DPT=587 … UID=1001 GID=1001"; TCP_IN, TCP6OUT and TCP6IN likewise. TIME is as in
 * RFC 3164 (without a year) or RFC 3339, read as this server's own clock.
 *
 * Every user of the server can have such a line written (logger -t kernel), and CSF
 * lets the kernel log 30 of a kind in a minute at most: it goes with a finding that
 * stands without it, counts nothing exactly, and decides nothing.
 */
struct kernel_line {
	bool out;
	struct ip src;
	uint16_t port;		/* of the destination */
	bool has_uid;
	uint32_t uid;		/* of the program, with out */
	int64_t wall;
};

/* now: what this server's clock shows; it gives a line its year. False: no such line. */
bool kernel_line_read(struct slice line, int64_t now, struct kernel_line *out);

/* Beside a finding: who wanted out to the port, how often, and when last; or that
 * connections from ip were stopped. Nothing where the log has nothing. */
void kernel_evidence_out(struct report *r, struct finding *x, const struct facts *f,
			 uint16_t port);
void kernel_evidence_in(struct report *r, struct finding *x, const struct facts *f,
			const struct ip *ip);

#endif
