#ifndef ENGINE_FIRST_LOOK_H
#define ENGINE_FIRST_LOOK_H

#include <stdint.h>

#include "core/check.h"

/*
 * What a scan finds while it is still asking DNS: the domains whose answers are
 * all there, judged by what is known so far. It is preliminary, and called so:
 * Exim's log and the domains' own name servers, which may tell better, come last.
 * Only critical findings and warnings about domains are told; what a check says
 * of the whole server cannot be known yet.
 *
 * Looks come after 0.25 s, then three times as late each: all of them together
 * cost less than the judgement at the end does.
 */
struct first_look {
	const struct facts *f;
	const char *const *only;	/* checks, as in checks_run */
	int64_t began, next;		/* ms */
};

void first_look_begin(struct first_look *l, const struct facts *f,
		      const char *const *only);
/* True when it was time: r, whose memory is a's, has what was found, worst first.
 * r->count are of critical findings and warnings only. */
bool first_look(struct first_look *l, struct arena *a, struct report *r);

#endif
