#ifndef MAIL_DEFAULT_ROUND_H
#define MAIL_DEFAULT_ROUND_H

#include "mail/forward_graph.h"

/*
 * Default addresses of several domains that lead to each other: "*@a" to x@b, which has
 * no line and so comes to "*@b", and from there back. Fills f->default_rounds of a graph
 * that forward_settle has settled, each circle once, their states unknown: whether
 * x@b has a mailbox, no line tells. Of a default address's targets the first that leads
 * to another domain's is followed. Linear in the number of nodes.
 */
void default_rounds_find(struct forward_builder *b);

#define DEFAULT_ROUND_SHOWN 12	/* steps of a circle that are written out */
/* "*@a → x@b → *@b → y@a → *@a", as people say it. */
const char *default_round_text(const struct forward_facts *f, const struct default_round *r,
			       struct arena *a);

#endif
