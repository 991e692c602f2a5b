#ifndef MAIL_FORWARD_WALK_H
#define MAIL_FORWARD_WALK_H

#include "base/map.h"
#include "core/forwarding.h"

/*
 * A walk over the graph of forwarders, breadth first: each address is met once, from
 * where it was met first, so that the way back from it is a shortest one. Who walks says
 * which edges count.
 */
struct forward_walk {
	const struct forward_facts *f;
	struct arena aside;
	struct map met;		/* by name: the walk's number plus one */
	uint32_t *node, *from;	/* by the walk's number */
	size_t n, cap, cap_from;
};

void forward_walk_begin(struct forward_walk *w, const struct forward_facts *f,
			uint32_t start);
/* From the walk's number `from` the address is reached. */
void forward_meet(struct forward_walk *w, uint32_t node, uint32_t from);
/* The nodes from the start to the walk's number `last`, in order, in a; how many. */
size_t forward_way_to(const struct forward_walk *w, uint32_t last, const uint32_t **way,
		      struct arena *a);
void forward_walk_end(struct forward_walk *w);

#endif
