#include "mail/forward_walk.h"

void forward_walk_begin(struct forward_walk *w, const struct forward_facts *f,
			uint32_t start)
{
	*w = (struct forward_walk){ .f = f, .aside = ARENA_INIT };
	w->met = (struct map)MAP_INIT(&w->aside, 0);
	forward_meet(w, start, 0);
}

void forward_meet(struct forward_walk *w, uint32_t node, uint32_t from)
{
	void **place = map_at(&w->met, w->f->nodes[node].name);

	if (*place)
		return;
	w->node = arena_grow(&w->aside, w->node, w->n, &w->cap, sizeof(uint32_t));
	w->from = arena_grow(&w->aside, w->from, w->n, &w->cap_from, sizeof(uint32_t));
	w->node[w->n] = node;
	w->from[w->n++] = from;
	*place = (void *)(uintptr_t)w->n;
}

size_t forward_way_to(const struct forward_walk *w, uint32_t last, const uint32_t **way,
		      struct arena *a)
{
	size_t n = 1;
	uint32_t *out;

	for (uint32_t i = last; i; i = w->from[i])
		n++;
	out = arena_zalloc(a, n * sizeof(*out));
	*way = out;
	for (size_t k = n; k--; last = w->from[last])
		out[k] = w->node[last];
	return n;
}

void forward_walk_end(struct forward_walk *w)
{
	arena_clear(&w->aside);
}
