#include "mail/default_round.h"

/* The default address that takes over from a target without a line; its own number when
 * there is none. */
static uint32_t next_of(const struct forward_builder *b, uint32_t from, uint32_t *via)
{
	const struct forward_facts *f = b->out;
	const struct forward_node *x = &f->nodes[from];

	for (uint32_t k = x->first; k < x->first + x->n; k++) {
		const struct forward_edge *e = &f->edges[k];
		const struct forward_node *to = &f->nodes[e->to], *rest;

		if (e->kind != FORWARD_ADDRESS || !to->here || to->line || to->is_default ||
		    !strcmp(to->domain, x->domain))
			continue;
		rest = forward_find(b, arena_printf(b->aside, "*@%s", to->domain));
		if (rest && rest->n) {
			*via = e->to;
			return (uint32_t)(rest - f->nodes);
		}
	}
	return from;
}

static void keep(struct forward_builder *b, uint32_t start, struct default_round **rounds,
		 size_t *cap)
{
	struct forward_facts *f = b->out;
	uint32_t via = 0, v = start, n = 0, *way;

	do {
		v = next_of(b, v, &via);
		n += 2;
	} while (v != start);
	way = arena_zalloc(b->arena, n * sizeof(*way));
	for (n = 0; !n || v != start; n += 2) {
		way[n] = v;
		v = next_of(b, v, &way[n + 1]);
	}
	*rounds = arena_grow(b->arena, *rounds, f->ndefault_rounds, cap, sizeof(**rounds));
	(*rounds)[f->ndefault_rounds++] = (struct default_round){ .way = way, .n = n };
}

void default_rounds_find(struct forward_builder *b)
{
	struct forward_facts *f = b->out;
	uint32_t *met = arena_zalloc(b->aside, (f->nnodes + 1) * sizeof(*met)), via;
	struct default_round *rounds = NULL;
	size_t cap = 0;

	for (uint32_t i = 0; i < f->nnodes; i++) {
		uint32_t v = i, last = UINT32_MAX;

		if (!f->nodes[i].is_default || !f->nodes[i].here)
			continue;
		for (; v != last && !met[v]; v = next_of(b, v, &via)) {
			met[v] = i + 1;
			last = v;
		}
		/* Back at one of this very walk, and not at its end. */
		if (v != last && met[v] == i + 1)
			keep(b, v, &rounds, &cap);
	}
	f->default_rounds = rounds;
}

const char *default_round_text(const struct forward_facts *f, const struct default_round *r,
			       struct arena *a)
{
	const char *text = "";

	for (uint32_t i = 0; i < r->n && i < DEFAULT_ROUND_SHOWN; i += 2)
		text = arena_printf(a, "%sthe default address of %s → %s → ", text,
				    f->nodes[r->way[i]].domain, f->nodes[r->way[i + 1]].name);
	return arena_printf(a, "%s%sthe default address of %s", text,
			    r->n > DEFAULT_ROUND_SHOWN ? "… → " : "",
			    f->nodes[r->way[0]].domain);
}
