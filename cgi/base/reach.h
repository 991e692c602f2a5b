#ifndef BASE_REACH_H
#define BASE_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ip.h"

/*
 * Connections to ports of others, all at once, over within REACH_MS, and how each went
 * as far as the kernel can tell. What is said to the far end is QUIT, after its greeting,
 * and nothing else. What it says is kept as bytes (the first line, at most REACH_BANNER)
 * and never read here.
 */
#define REACH_MS 4000
#define REACH_QUIT_MS 500	/* from QUIT to the far end's goodbye */
#define REACH_READ_MAX 2048	/* bytes taken from one far end */
#define REACH_BANNER 200
#define REACH_MAX 20		/* connections */

struct reach_try {
	struct ip to;
	uint16_t port;
	bool speaks_first;	/* there is a greeting to wait for */
};

/* How it went: fixed, so that it fits a pipe in one piece. */
struct reach_outcome {
	uint32_t index;		/* of the try */
	int32_t error;		/* errno of the connection; 0: connected */
	uint32_t ms;		/* until that was known */
	bool timed_out;
	bool kept_here;		/* SYNs were sent again, and none of them left */
	bool ends_here;		/* the far end is a socket of this server */
	struct ip offender;	/* who sent the ICMP error; family 0: none */
	uint32_t nbanner;
	char banner[REACH_BANNER];
};

/* Makes the n connections as whoever calls, and writes an outcome for each to out as
 * soon as it is known: a pipe that has room for n of them, or a reader. */
void reach_connect(const struct reach_try *tries, size_t n, int out);

/* A line for mail/probe.h: "try WHO ADDRESS PORT RESULT ERRNO MS OFFENDER|- kept|left
 * here|there BANNER". o NULL: it was not tried. */
void reach_print(struct buf *b, const char *who, const struct reach_try *t,
		 const struct reach_outcome *o);

#endif
