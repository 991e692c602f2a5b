#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sources/beside.h"
#include "sources/dns.h"
#include "sources/host_lookup.h"
#include "sources/manual_routes.h"

struct beside {
	struct world *w;
	struct facts *f;
	struct arena *a;
	struct manual_hosts hosts;
	struct map others;	/* names of f->others */
	size_t cap;
};

static void add_other(struct beside *b, const char *name)
{
	struct facts *f = b->f;

	if (facts_domain(f, name) || map_get(&b->others, name))
		return;
	*map_at(&b->others, name) = b;
	f->others = arena_grow(b->a, f->others, f->nothers, &b->cap, sizeof(*f->others));
	f->others[f->nothers++].name = name;
}

static bool is_looked_at(const struct facts *f, const struct forward_node *x)
{
	return x->here && (!f->partial || facts_domain(f, x->domain));
}

static void add_target(struct beside *b, const struct forward_edge *e, size_t before)
{
	const struct forward_node *to = &b->f->forwarding.nodes[e->to];

	if (e->kind == FORWARD_ADDRESS && !to->here && b->f->nothers - before < FORWARD_TARGETS_MAX)
		add_other(b, to->domain);
}

/* Where forwarders and filters in homes send to, of one domain alone when only that one is looked at. */
static void add_forward_targets(struct beside *b)
{
	const struct forward_facts *g = &b->f->forwarding;
	size_t n = b->f->nothers;

	for (size_t i = 0; i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i];

		for (uint32_t k = x->first; is_looked_at(b->f, x) && k < x->first + x->n; k++)
			add_target(b, &g->edges[k], n);
	}
	for (size_t i = 0; i < g->nrules; i++)
		if (!g->rules[i].answers && is_looked_at(b->f, &g->nodes[g->rules[i].from]))
			add_target(b, &g->rules[i].edge, n);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct domain *)a)->name, ((const struct domain *)b)->name);
}

static void find_others(struct beside *b)
{
	struct facts *f = b->f;

	for (size_t i = 0; i < f->nmanual; i++)
		add_other(b, f->manual[i].domain);
	for (size_t i = 0; i < f->nrefused; i++)
		add_other(b, f->refused[i].domain);
	if (f->own_name.asked)
		add_other(b, f->hostname);
	add_forward_targets(b);
	if (f->nothers)
		qsort(f->others, f->nothers, sizeof(*f->others), by_name);
}

/* The same questions as about the judged domains, without a word of it in their
 * counts, states and the next scan. */
static void ask_others(struct beside *b)
{
	const struct dns_wishes none = { .keep = false };
	struct facts aside = *b->f;

	aside.domains = b->f->others;
	aside.ndomains = b->f->nothers;
	if (aside.ndomains)
		dns_gather(b->w, &aside, b->a, &none, NULL);
}

/* The server's own name first: its reverse name is asked for too. */
static void ask_hosts(struct beside *b)
{
	struct own_name *own = &b->f->own_name;
	size_t n = b->hosts.n;
	struct mx_host **all = arena_zalloc(b->a, (n + 1) * sizeof(struct mx_host *));

	if (n)
		memcpy(all + own->asked, b->hosts.list, n * sizeof(struct mx_host *));
	if (own->asked) {
		own->host.name = b->f->hostname;
		all[0] = &own->host;
	}
	host_lookup(b->w, b->f, b->a, all, n + own->asked,
		    own->asked ? &own->reverse : NULL);
}

void beside_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct beside b = { .w = w, .f = f, .a = a };
	unsigned long seed;

	if (getentropy(&seed, sizeof(seed)))
		seed = (unsigned long)(uintptr_t)a;
	b.hosts.by_name = (struct map)MAP_INIT(a, seed);
	b.others = (struct map)MAP_INIT(a, seed);
	if (w->ops->file)
		manual_routes_gather(w, f, &b.hosts, a);
	if (f->source[SOURCE_DNS].state != SOURCE_OK)
		return;
	f->own_name.asked = !f->partial && f->hostname && strchr(f->hostname, '.') &&
		text_is_domain(f->hostname);
	find_others(&b);
	ask_others(&b);
	ask_hosts(&b);
}
