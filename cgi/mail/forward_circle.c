#include <string.h>

#include "mail/forward_circle.h"
#include "mail/forward_view.h"
#include "mail/home_rules.h"
#include "mail/use_look.h"

static const struct forward_edge *edge_to(const struct forward_facts *f,
					  const struct forward_node *from, uint32_t to)
{
	for (uint32_t k = from->first; k < from->first + from->n; k++)
		if (f->edges[k].kind == FORWARD_ADDRESS && f->edges[k].to == to)
			return &f->edges[k];
	return NULL;
}

/* Of the way round, what lines here take: a filter takes the rest. */
static size_t lines_of(const struct forward_facts *f, const uint32_t *way, size_t n,
		       const struct circle_line **out, struct arena *a)
{
	struct circle_line *lines = arena_zalloc(a, n * sizeof(*lines));
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		const struct forward_node *from = &f->nodes[way[i]];
		const struct forward_edge *to = edge_to(f, from, way[(i + 1) % n]);

		if (from->line && from->here && to)
			lines[used++] = (struct circle_line){ from, to };
	}
	*out = lines;
	return used;
}

size_t forward_circle(const struct forward_facts *f, const struct forward_node *found,
		      bool far, const struct circle_line **out, struct arena *a)
{
	uint32_t number = far ? found->far : found->loop;
	const uint32_t *way;
	size_t n;

	n = !number ? 0 : far ? forward_far_round(f, &f->far[number - 1], &way, a) :
		forward_round(f, &f->loops[number - 1], &way, a);
	return n && &f->nodes[way[0]] == found ? lines_of(f, way, n, out, a) : 0;
}

static bool is_between(const struct forward_facts *f, const struct home_rule *r,
		       const char *subject)
{
	const char *from = f->nodes[r->from].name;
	size_t n = strlen(from);

	return r->edge.kind == FORWARD_ADDRESS && !strncmp(subject, from, n) &&
		subject[n] == '>' && !strcmp(subject + n + 1, f->nodes[r->edge.to].name);
}

size_t forward_filter_circle(const struct forward_facts *f, const char *subject,
			     const struct circle_line **out, struct arena *a)
{
	for (size_t i = 0; i < f->nrules; i++) {
		const uint32_t *way;
		bool certain;
		size_t n = !is_between(f, &f->rules[i], subject) ? 0 :
			home_round(f, &f->rules[i], &way, &certain, a);

		if (n)
			return lines_of(f, way, n, out, a);
	}
	return 0;
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
