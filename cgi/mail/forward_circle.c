#include "mail/forward_circle.h"
#include "mail/forward_view.h"
#include "mail/use_look.h"

static const struct forward_edge *edge_to(const struct forward_facts *f,
					  const struct forward_node *from, uint32_t to)
{
	for (uint32_t k = from->first; k < from->first + from->n; k++)
		if (f->edges[k].kind == FORWARD_ADDRESS && f->edges[k].to == to)
			return &f->edges[k];
	return NULL;
}

size_t forward_circle(const struct forward_facts *f, const struct forward_node *found,
		      bool far, const struct circle_line **out, struct arena *a)
{
	uint32_t number = far ? found->far : found->loop;
	struct circle_line *lines;
	const uint32_t *way;
	size_t n, used = 0;

	n = !number ? 0 : far ? forward_far_round(f, &f->far[number - 1], &way, a) :
		forward_round(f, &f->loops[number - 1], &way, a);
	if (!n || &f->nodes[way[0]] != found)
		return 0;
	lines = arena_zalloc(a, n * sizeof(*lines));
	for (size_t i = 0; i < n; i++) {
		const struct forward_node *from = &f->nodes[way[i]];
		const struct forward_edge *to = edge_to(f, from, way[(i + 1) % n]);

		if (from->line && from->here && to)
			lines[used++] = (struct circle_line){ from, to };
	}
	*out = lines;
	return used;
}

const char *forward_loss(const struct forward_facts *f, const struct forward_node *n,
			 size_t *loss)
{
	static const char *const losses[FORWARD_LOSSES] = {
		"its other targets still get the mail",
		"the log has no mail that went by it",
		"mail went by it lately, and it has no other target",
		"it has no other target",
	};

	*loss = n->n > 1 ? 0 : !f->uses_from ? 3 : forward_used(f, n) ? 2 : 1;
	return losses[*loss];
}
