#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include "base/arena.h"
#include "base/text.h"

/*
 * The way that a message says it took: its Received lines (RFC 5321, section 4.4), the
 * newest first. A step from one host to another that it took several times is a circle
 * through both. Whoever sent the message may have written all but the newest lines, so
 * this explains, and moves nothing.
 */
#define RECEIVED_LINES_MAX 200		/* more are not looked at; servers stop at 100 */
#define RECEIVED_FIELD_MAX 4096		/* bytes of a line; what follows is not read */
#define RECEIVED_ROUND 3	/* a scanner on the way makes an honest message take a step
				 * twice; three times it does not */

struct received_round {
	const char *from, *by;	/* hosts, lower case, as the lines name them */
	unsigned times;		/* 0: no step was taken twice */
};

/* headers: the fields of a message, LF or CRLF, up to a blank line; blank lines in front
 * are passed over. The step that was taken most often, of several the newest. */
void received_rounds(struct slice headers, struct arena *a, struct received_round *out);

#endif
