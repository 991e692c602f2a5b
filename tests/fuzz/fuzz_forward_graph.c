#include <stdlib.h>
#include <string.h>

#include "mail/default_round.h"
#include "mail/file_pack.h"
#include "mail/forward_graph.h"
#include "mail/forward_path.h"
#include "mail/forward_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_loop(const struct forward_facts *f, const struct forward_loop *loop,
		       struct arena *a)
{
	const uint32_t *way;
	size_t n = forward_round(f, loop, &way, a);

	if (loop->n < 2 || n < 2 || n > loop->n)
		abort();
	for (uint32_t i = 0; i < loop->n; i++)
		if (f->nodes[f->members[loop->first + i]].loop != f->nodes[way[0]].loop)
			abort();
	if (!*forward_round_text(f, way, n, a))
		abort();
}

static void check(const struct forward_facts *f, struct arena *a)
{
	for (size_t i = 0; i < f->nnodes; i++) {
		const struct forward_node *x = &f->nodes[i];
		const uint32_t *way;
		size_t others;

		if (!text_is_domain(x->domain) || x->first + x->n > f->nedges ||
		    x->loop > f->nloops)
			abort();
		for (uint32_t k = x->first; k < x->first + x->n; k++)
			if (f->edges[k].kind == FORWARD_ADDRESS ?
			    f->edges[k].to >= f->nnodes : !f->edges[k].text)
				abort();
		forward_way_out(f, (uint32_t)i, NULL, &way, &others, a);
	}
	for (size_t i = 0; i < f->nloops; i++)
		check_loop(f, &f->loops[i], a);
}

/* Default addresses and what lies between, turn by turn; each domain's in one circle. */
static void check_defaults(const struct forward_facts *f, struct arena *a)
{
	for (size_t i = 0; i < f->ndefault_rounds; i++) {
		const struct default_round *r = &f->default_rounds[i];

		if (r->n < 4 || r->n % 2 || r->state != ROUND_UNKNOWN ||
		    !*default_round_text(f, r, a))
			abort();
		for (uint32_t k = 0; k < r->n; k++)
			if (f->nodes[r->way[k]].is_default != !(k % 2))
				abort();
	}
}

static void check_map(const struct forward_facts *f, const char *domain, struct arena *a)
{
	struct path_step *steps;
	size_t left, n = forward_domain_path(f, domain, true, &steps, &left, a);

	if (n > FORWARD_DOMAIN_MAX || left > f->nnodes || (left && n < FORWARD_DOMAIN_MAX))
		abort();
	for (size_t i = 0; i < n; i++)
		if (steps[i].depth > (i ? steps[i - 1].depth + 1 : 0))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice pack = { (const char *)data, n };
	struct arena a = ARENA_INIT;
	struct forward_facts f = { .nodes = NULL };
	struct map local = MAP_INIT(&a, 0);
	struct forward_builder b;
	struct packed_file x;
	char domain[254];

	*map_at(&local, "a.example") = &local;
	*map_at(&local, "b.example") = &local;
	forward_begin(&b, &a, &a, 0, &local, &f);
	while (file_pack_next(&pack, &x))
		if (text_take_domain(domain, sizeof(domain), x.name))
			forward_take_file(&b, domain, x.lines);
	forward_settle(&b);
	default_rounds_find(&b);
	check(&f, &a);
	check_defaults(&f, &a);
	check_map(&f, "a.example", &a);
	check_map(&f, "b.example", &a);
	arena_clear(&a);
	return 0;
}
