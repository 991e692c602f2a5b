#include <string.h>

#include "mail/file_pack.h"
#include "mail/forward_graph.h"
#include "mail/forward_view.h"
#include "mail/lsearch.h"
#include "mail/redirect.h"

#define TEXT_SHOWN 200

void forward_begin(struct forward_builder *b, struct arena *a, struct arena *aside,
		   unsigned long seed, const struct map *local, struct forward_facts *out)
{
	*b = (struct forward_builder){
		.arena = a, .aside = aside, .local = local,
		.by_name = MAP_INIT(aside, seed), .out = out,
	};
}

void forward_reserve(struct forward_builder *b, size_t lines)
{
	if (lines > FORWARD_EDGES_MAX)
		lines = FORWARD_EDGES_MAX;
	b->cap_nodes = b->cap_edges = 2 * lines;
	b->nodes = arena_zalloc(b->arena, b->cap_nodes * sizeof(*b->nodes));
	b->edges = arena_zalloc(b->arena, b->cap_edges * sizeof(*b->edges));
	map_reserve(&b->by_name, lines);
}

/* The node's number; its name is copied when it is new. Values in the map are
 * numbers plus one. */
uint32_t forward_node(struct forward_builder *b, const char *name)
{
	struct forward_facts *f = b->out;
	uintptr_t known = (uintptr_t)map_get(&b->by_name, name);
	struct forward_node *x;

	if (known)
		return (uint32_t)known - 1;
	name = arena_strdup(b->arena, name);
	b->nodes = arena_grow(b->arena, b->nodes, f->nnodes, &b->cap_nodes, sizeof(*b->nodes));
	x = &b->nodes[f->nnodes++];
	*map_at(&b->by_name, name) = (void *)(uintptr_t)f->nnodes;
	*x = (struct forward_node){ .name = name, .domain = strrchr(name, '@') + 1 };
	x->is_default = *name == '*' && name[1] == '@';
	/* A name without a dot is no other server's. */
	x->here = map_get(b->local, x->domain) || !strchr(x->domain, '.');
	return (uint32_t)f->nnodes - 1;
}

const struct forward_node *forward_find(const struct forward_builder *b, const char *name)
{
	uintptr_t at = (uintptr_t)map_get(&b->by_name, name);

	return at ? &b->nodes[at - 1] : NULL;
}

static const char *shown(struct forward_builder *b, struct slice s)
{
	char text[TEXT_SHOWN], raw[TEXT_SHOWN];

	if (s.n >= sizeof(raw))
		s.n = sizeof(raw) - 1;
	if (s.n)
		memcpy(raw, s.p, s.n);
	raw[s.n] = '\0';
	return arena_strdup(b->arena, text_printable(text, sizeof(text), text_end_whole(raw)));
}

struct forward_edge forward_edge_to(struct forward_builder *b, enum forward_kind kind,
				    const char *address, struct slice text)
{
	struct forward_edge edge = { .kind = (unsigned char)kind };

	if (kind == FORWARD_ADDRESS)
		edge.to = forward_node(b, address);
	else
		edge.text = shown(b, text);
	return edge;
}

static void add_edge(struct forward_builder *b, const struct redirect_item *x)
{
	struct forward_facts *f = b->out;
	struct forward_edge edge = forward_edge_to(b, x->kind, x->address, x->text);

	b->edges = arena_grow(b->arena, b->edges, f->nedges, &b->cap_edges, sizeof(*b->edges));
	b->edges[f->nedges++] = edge;
}

/* "*" or an address of this very domain. */
static bool take_key(const char *domain, struct slice key, char out[ADDRESS_TEXT_MAX])
{
	if (slice_eq(key, "*")) {
		out[0] = '*';
		out[1] = '@';
		memcpy(out + 2, domain, strlen(domain) + 1);
		return true;
	}
	return redirect_address(out, key) && out[0] != '*' &&
		!strcmp(strrchr(out, '@') + 1, domain);
}

static bool take_lines(struct forward_builder *b, const char *domain, struct slice lines,
		       bool other)
{
	struct forward_facts *f = b->out;
	char name[ADDRESS_TEXT_MAX];
	struct lsearch_entry x;
	struct redirect_item item;
	struct lsearch l;
	uint32_t at;

	lsearch_init(&l, lines, PACK_MARK, b->aside);
	while (lsearch_next(&l, &x)) {
		if (!take_key(domain, x.key, name) || (other && *name == '*'))
			continue;
		at = forward_node(b, name);
		if (b->nodes[at].line)
			continue;
		b->nodes[at].line = x.line;
		b->nodes[at].other = other;
		b->nodes[at].first = (uint32_t)f->nedges;
		while (f->nedges < FORWARD_EDGES_MAX && redirect_next(&x.value, &item))
			if (!other || item.kind == FORWARD_ADDRESS)
				add_edge(b, &item);
		b->nodes[at].n = (uint32_t)f->nedges - b->nodes[at].first;
	}
	b->odd += l.odd;
	return f->nedges < FORWARD_EDGES_MAX;
}

bool forward_take_file(struct forward_builder *b, const char *domain, struct slice lines)
{
	return take_lines(b, domain, lines, false);
}

bool forward_take_other(struct forward_builder *b, const char *domain, struct slice lines)
{
	if (map_get(b->local, domain))
		return true;
	b->other = true;
	return take_lines(b, domain, lines, true);
}

/* ---- circles: Tarjan's algorithm, without recursion ---------------------- */

struct search {
	const struct forward_builder *b;
	bool far;			/* along lines of other servers too */
	uint32_t *index, *low;		/* 1-based; 0: not met yet */
	uint32_t *next;			/* the edge to be followed next */
	uint32_t *stack, *path;		/* those not settled; the way down */
	size_t nstack, npath;
	uint32_t met;
	uint32_t *members;
	struct forward_loop *loops;
	size_t nmembers, cap_members, nloops, cap_loops;
};

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void enter(struct search *s, uint32_t v)
{
	s->index[v] = s->low[v] = ++s->met;
	s->next[v] = s->b->nodes[v].first;
	s->stack[s->nstack++] = v;
	s->path[s->npath++] = v;
}

static bool is_followed(const struct search *s, uint32_t v)
{
	const struct forward_node *x = &s->b->nodes[v];

	return forward_leads_on(x) || (s->far && x->other && x->n);
}

/* Of those from `first` on: of this server and of another one. */
static bool is_of_both(const struct search *s, size_t first)
{
	bool here = false, other = false;

	for (size_t i = first; i < s->nmembers; i++) {
		here |= s->b->nodes[s->members[i]].here;
		other |= s->b->nodes[s->members[i]].other;
	}
	return here && other;
}

static void keep_loop(struct search *s, size_t first)
{
	s->loops = arena_grow(s->b->arena, s->loops, s->nloops, &s->cap_loops, sizeof(*s->loops));
	s->loops[s->nloops++] = (struct forward_loop){
		.first = (uint32_t)first, .n = (uint32_t)(s->nmembers - first),
	};
	for (size_t i = first; i < s->nmembers; i++) {
		struct forward_node *x = &s->b->nodes[s->members[i]];

		*(s->far ? &x->far : &x->loop) = (uint32_t)s->nloops;
	}
}

/* A whole component has been found; v is the first that was met of it. */
static void settle_component(struct search *s, uint32_t v)
{
	size_t first = s->nmembers;
	uint32_t w;

	do {
		w = s->stack[--s->nstack];
		s->low[w] = UINT32_MAX;
		if (w == v && first == s->nmembers)
			return;		/* alone */
		s->members = arena_grow(s->b->arena, s->members, s->nmembers, &s->cap_members,
					sizeof(*s->members));
		s->members[s->nmembers++] = w;
	} while (w != v);
	if (!s->far || is_of_both(s, first))
		keep_loop(s, first);
	else
		s->nmembers = first;
}

static void leave(struct search *s, uint32_t v)
{
	uint32_t low = s->low[v];

	s->npath--;
	if (low == s->index[v])
		settle_component(s, v);
	else
		s->low[s->path[s->npath - 1]] = lower(s->low[s->path[s->npath - 1]], low);
}

static void follow(struct search *s, uint32_t v)
{
	const struct forward_node *x = &s->b->nodes[v];
	const struct forward_edge *edge;
	uint32_t w;

	if (s->next[v] == x->first + x->n) {
		leave(s, v);
		return;
	}
	edge = &s->b->edges[s->next[v]++];
	w = edge->to;
	if (edge->kind != FORWARD_ADDRESS || w == v || !is_followed(s, w))
		return;
	if (!s->index[w])
		enter(s, w);
	else if (s->low[w] != UINT32_MAX)
		s->low[v] = lower(s->low[v], s->index[w]);
}

static struct search find_loops(struct forward_builder *b, bool far)
{
	size_t n = b->out->nnodes + 1;
	struct search s = { .b = b, .far = far };

	s.index = arena_zalloc(b->aside, n * sizeof(uint32_t));
	s.low = arena_zalloc(b->aside, n * sizeof(uint32_t));
	s.next = arena_zalloc(b->aside, n * sizeof(uint32_t));
	s.stack = arena_zalloc(b->aside, n * sizeof(uint32_t));
	s.path = arena_zalloc(b->aside, n * sizeof(uint32_t));
	for (uint32_t v = 0; v < b->out->nnodes; v++) {
		if (s.index[v] || !is_followed(&s, v))
			continue;
		enter(&s, v);
		while (s.npath)
			follow(&s, s.path[s.npath - 1]);
	}
	return s;
}

void forward_settle(struct forward_builder *b)
{
	struct forward_facts *f = b->out;
	struct search s = find_loops(b, false);

	f->members = s.members;
	f->loops = s.loops;
	f->nloops = s.nloops;
	if (b->other) {
		s = find_loops(b, true);
		f->far_members = s.members;
		f->far = s.loops;
		f->nfar = s.nloops;
	}
	f->nodes = b->nodes;
	f->edges = b->edges;
}
