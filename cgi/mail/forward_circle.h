#ifndef MAIL_FORWARD_CIRCLE_H
#define MAIL_FORWARD_CIRCLE_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * The lines of this server that make up a circle, as its finding tells it: each with
 * the one target of it that leads on to the next. Any one of them breaks it.
 */
struct circle_line {
	const struct forward_node *from;
	const struct forward_edge *to;
};

/*
 * Of the circle whose finding (forward_loop_here, or with `far` forward_loop_outside) is
 * about this address; how many, 0: it stands at the head of none. *out in a.
 */
size_t forward_circle(const struct forward_facts *f, const struct forward_node *found,
		      bool far, const struct circle_line **out, struct arena *a);

/* The same of a circle through a filter in a home, whose finding is about "FROM>TO". */
size_t forward_filter_circle(const struct forward_facts *f, const char *subject,
			     const struct circle_line **out, struct arena *a);

/*
 * What taking the line's target away loses, the less the lower: a clause, and *loss its
 * place among them.
 */
const char *forward_loss(const struct forward_facts *f, const struct forward_node *n,
			 size_t *loss);
#define FORWARD_LOSSES 4

#endif
