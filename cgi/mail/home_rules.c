#include <string.h>

#include "mail/forward_view.h"
#include "mail/forward_walk.h"
#include "mail/home_rules.h"

const struct home_rule *home_rules_of(const struct forward_facts *f, uint32_t node, size_t *n)
{
	size_t low = 0, high = f->nrules;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->rules[mid].from < node)
			low = mid + 1;
		else
			high = mid;
	}
	*n = 0;
	while (low + *n < f->nrules && f->rules[low + *n].from == node)
		++*n;
	return *n ? &f->rules[low] : NULL;
}

bool home_rules_reached(const struct forward_facts *f, uint32_t node)
{
	const struct forward_node *x = &f->nodes[node];

	for (uint32_t k = x->first; k < x->first + x->n; k++)
		if (f->edges[k].kind == FORWARD_ADDRESS && f->edges[k].to == node)
			return true;
	return !x->n;
}

const char *home_rule_account(const struct facts *f, const struct home_rule *r,
			      struct arena *a)
{
	const struct forward_node *x = &f->forwarding.nodes[r->from];
	const struct domain *d;

	for (size_t i = 0; i < f->forwarding.nown; i++)
		if (f->forwarding.own[i] == r->from)
			return arena_strndup(a, x->name, strcspn(x->name, "@"));
	d = facts_domain(f, x->domain);
	return d ? d->owner : NULL;
}

bool home_rule_is_first(const struct forward_facts *f, const struct home_rule *r)
{
	for (const struct home_rule *x = r; x > f->rules && (x - 1)->from == r->from; x--)
		if (!(x - 1)->answers && (x - 1)->edge.kind == FORWARD_ADDRESS &&
		    (x - 1)->edge.to == r->edge.to)
			return false;
	return true;
}

bool home_rule_takes(const struct home_rule *r)
{
	return !r->conditional && !r->copy && !r->answers && r->edge.kind != FORWARD_ODD;
}

const struct forward_node *home_account(const struct forward_facts *f, const char *account)
{
	size_t n;

	account += *account == '\\';
	n = strlen(account);
	for (size_t i = 0; i < f->nown; i++) {
		const struct forward_node *x = &f->nodes[f->own[i]];

		if (!strncmp(x->name, account, n) && x->name[n] == '@')
			return x;
	}
	return NULL;
}

/* The address that an edge leads to, and that this server knows more of; or -1. */
static int64_t leads_to(const struct forward_facts *f, const struct forward_edge *e)
{
	const struct forward_node *own;

	if (e->kind == FORWARD_ADDRESS)
		return e->to;
	own = e->kind == FORWARD_ACCOUNT ? home_account(f, e->text) : NULL;
	return own ? own - f->nodes : -1;
}

static bool spread_edge(struct forward_walk *w, const struct forward_edge *e, uint32_t i,
			uint32_t home)
{
	int64_t to = leads_to(w->f, e);

	if (to < 0 || (uint32_t)to == w->node[i])
		return false;
	if ((uint32_t)to == home)
		return true;
	forward_meet(w, (uint32_t)to, i);
	return false;
}

/* Follows the line and the rules of one address; true when they lead home. */
static bool spread(struct forward_walk *w, uint32_t i, uint32_t home)
{
	const struct forward_facts *f = w->f;
	const struct forward_node *x = &f->nodes[w->node[i]];
	const struct home_rule *r;
	size_t n;

	for (uint32_t k = x->first; forward_leads_on(x) && k < x->first + x->n; k++)
		if (spread_edge(w, &f->edges[k], i, home))
			return true;
	if (!home_rules_reached(f, w->node[i]))
		return false;
	r = home_rules_of(f, w->node[i], &n);
	for (size_t k = 0; k < n; k++)
		if (!r[k].answers && spread_edge(w, &r[k].edge, i, home))
			return true;
	return false;
}

static bool has_edge(const struct forward_facts *f, const struct forward_edge *e, uint32_t to)
{
	return leads_to(f, e) == (int64_t)to;
}

const struct home_rule *home_step(const struct forward_facts *f, uint32_t from, uint32_t to)
{
	const struct forward_node *x = &f->nodes[from];
	const struct home_rule *r, *best = NULL;
	size_t n;

	for (uint32_t k = x->first; k < x->first + x->n; k++)
		if (has_edge(f, &f->edges[k], to))
			return NULL;
	r = home_rules_of(f, from, &n);
	for (size_t k = 0; k < n; k++)
		if (!r[k].answers && has_edge(f, &r[k].edge, to) &&
		    (!best || (best->conditional && !r[k].conditional)))
			best = &r[k];
	return best;
}

size_t home_round(const struct forward_facts *f, const struct home_rule *r,
		  const uint32_t **way, bool *certain, struct arena *a)
{
	int64_t first = r->answers || !home_rules_reached(f, r->from) ? -1 :
		leads_to(f, &r->edge);
	struct forward_walk w;
	size_t n = 0;

	if (first < 0 || (uint32_t)first == r->from)
		return 0;
	forward_walk_begin(&w, f, r->from);
	forward_meet(&w, (uint32_t)first, 0);
	for (uint32_t i = 1; i < w.n && !n && i < FORWARD_STEPS; i++)
		if (spread(&w, i, r->from))
			n = forward_way_to(&w, i, way, a);
	forward_walk_end(&w);
	*certain = true;
	for (size_t i = 0; i < n; i++) {
		const struct home_rule *by = home_step(f, (*way)[i], (*way)[(i + 1) % n]);

		*certain &= !by || !by->conditional;
	}
	return n;
}
