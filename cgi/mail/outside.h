#ifndef MAIL_OUTSIDE_H
#define MAIL_OUTSIDE_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * What a connection from one server to a mail port of another one says of that port.
 * What fails may fail at either end: only where the same port of another host answers
 * from here, in the same family, or where the address itself has sent the refusal, is the
 * far end to blame. All else is unknown.
 */
enum outside_verdict {
	OUTSIDE_UNKNOWN,
	OUTSIDE_REACHABLE,
	OUTSIDE_REFUSED,	/* at once, by a RST or an ICMP error */
	OUTSIDE_DROPPED,	/* no answer at all */
};

struct outside_view {
	enum outside_verdict verdict;
	const char *why;	/* a clause */
};

const char *outside_verdict_name(enum outside_verdict v);	/* "reachable" … */

/* t is of f->ports.outside; why may be printed into a. */
struct outside_view outside_judge(const struct facts *f, const struct out_try *t,
				  struct arena *a);

/* The next try, from *i on, at an address of the judged server; NULL: no more. */
const struct out_try *outside_next(const struct facts *f, size_t *i);

#endif
