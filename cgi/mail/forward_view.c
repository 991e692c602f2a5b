#include <string.h>

#include "mail/forward_view.h"
#include "mail/forward_walk.h"
#include "mail/use_look.h"

#define TARGETS_SHOWN 10
#define ROUND_SHOWN 12		/* addresses of a circle that are written out */

bool forward_leads_on(const struct forward_node *x)
{
	return x->n && x->here && !x->is_default;
}

bool forward_concerns(const struct facts *f, const char *domain)
{
	return !f->partial || facts_domain(f, domain);
}

const char *forward_target(const struct forward_facts *f, const struct forward_edge *e)
{
	return e->kind == FORWARD_ADDRESS ? f->nodes[e->to].name : e->text;
}

bool forward_delivers(const struct forward_edge *e)
{
	return e->kind == FORWARD_ADDRESS || e->kind == FORWARD_ACCOUNT ||
		e->kind == FORWARD_PIPE || e->kind == FORWARD_FILE;
}

const char *forward_program(const struct forward_edge *e, struct arena *a)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789/._+-";
	const char *p = e->kind == FORWARD_PIPE ? e->text : "";
	size_t n;

	p += *p == '|';		/* a filter's command has none */
	p += strspn(p, " ");
	n = strspn(p, plain);
	if (*p != '/' || (p[n] && p[n] != ' ') || n > 255)
		return NULL;
	return arena_strndup(a, p, n);
}

const char *forward_file(const struct forward_node *n, struct arena *a)
{
	return arena_printf(a, "%s/%s", n->other ? OTHER_VALIASES : "/etc/valiases", n->domain);
}

void forward_evidence(struct report *r, struct finding *x,
		      const struct forward_facts *f, const struct forward_node *n)
{
	const char *targets = "";

	for (uint32_t i = 0; i < n->n && i < TARGETS_SHOWN; i++)
		targets = arena_printf(r->arena, "%s%s%s", targets, i ? ", " : "",
				       forward_target(f, &f->edges[n->first + i]));
	if (n->n > TARGETS_SHOWN)
		targets = arena_printf(r->arena, "%s and %u more", targets,
				       n->n - TARGETS_SHOWN);
	finding_evidence(r, x, forward_file(n, r->arena),
			 "line %u: %s: %s%s", n->line, n->is_default ? "*" : n->name, targets,
			 forward_use_text(f, n, r->arena));
}

/* ---- ways --------------------------------------------------------------- */

static uint32_t first_by_name(const struct forward_facts *f, const struct forward_loop *loop)
{
	uint32_t best = f->members[loop->first];

	for (uint32_t i = 1; i < loop->n; i++) {
		uint32_t v = f->members[loop->first + i];

		if (strcmp(f->nodes[v].name, f->nodes[best].name) < 0)
			best = v;
	}
	return best;
}

static bool together(const struct forward_node *a, const struct forward_node *b, bool far)
{
	return far ? a->far == b->far : a->loop == b->loop;
}

/* Follows the lines of one address; true when `home` is among its targets. */
static bool spread(struct forward_walk *w, uint32_t i, uint32_t home, bool far)
{
	const struct forward_node *x = &w->f->nodes[w->node[i]];

	for (uint32_t k = x->first; k < x->first + x->n; k++) {
		const struct forward_edge *e = &w->f->edges[k];

		if (e->kind != FORWARD_ADDRESS || !together(&w->f->nodes[e->to], x, far))
			continue;
		if (e->to == home && (i || e->to != w->node[i]))
			return true;
		forward_meet(w, e->to, i);
	}
	return false;
}

size_t forward_round(const struct forward_facts *f, const struct forward_loop *loop,
		     const uint32_t **way, struct arena *a)
{
	uint32_t home = first_by_name(f, loop);
	struct forward_walk w;
	size_t n = 0;

	forward_walk_begin(&w, f, home);
	for (uint32_t i = 0; i < w.n && !n; i++)
		if (spread(&w, i, home, false))
			n = forward_way_to(&w, i, way, a);
	forward_walk_end(&w);
	return n;
}

/* The next target of a line here that lies on the circle and on another server. */
static bool next_leap(const struct forward_facts *f, uint32_t v, uint32_t *edge)
{
	const struct forward_node *x = &f->nodes[v];

	for (; x->here && *edge < x->first + x->n; ++*edge) {
		const struct forward_edge *e = &f->edges[*edge];

		if (e->kind == FORWARD_ADDRESS && f->nodes[e->to].other &&
		    f->nodes[e->to].far == x->far)
			return true;
	}
	return false;
}

/* Of its addresses here that lead to another server, the first by name. */
static uint32_t first_to_leap(const struct forward_facts *f, const struct forward_loop *loop)
{
	const uint32_t *members = f->far_members + loop->first;
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < loop->n; i++) {
		uint32_t edge = f->nodes[members[i]].first;

		if (next_leap(f, members[i], &edge) &&
		    (best == UINT32_MAX || strcmp(f->nodes[members[i]].name, f->nodes[best].name) < 0))
			best = members[i];
	}
	return best;
}

size_t forward_far_round(const struct forward_facts *f, const struct forward_loop *loop,
			 const uint32_t **way, struct arena *a)
{
	uint32_t home = first_to_leap(f, loop), edge;
	struct forward_walk w;
	size_t n = 0;

	forward_walk_begin(&w, f, home);
	for (edge = f->nodes[home].first; next_leap(f, home, &edge); edge++)
		forward_meet(&w, f->edges[edge].to, 0);
	for (uint32_t i = 1; i < w.n && !n; i++)
		if (spread(&w, i, home, true))
			n = forward_way_to(&w, i, way, a);
	forward_walk_end(&w);
	return n;
}

const char *forward_round_text(const struct forward_facts *f, const uint32_t *way,
			       size_t n, struct arena *a)
{
	const char *text = f->nodes[way[0]].name;

	for (size_t i = 1; i < n; i++) {
		if (n > ROUND_SHOWN && i == ROUND_SHOWN / 2) {
			text = arena_printf(a, "%s → … (%zu more)", text, n - ROUND_SHOWN);
			i = n - ROUND_SHOWN / 2;
		}
		text = arena_printf(a, "%s → %s", text, f->nodes[way[i]].name);
	}
	return arena_printf(a, "%s → %s", text, f->nodes[way[0]].name);
}

size_t forward_way_out(const struct forward_facts *f, uint32_t start, const char *to,
		       const uint32_t **way, size_t *others, struct arena *a)
{
	struct forward_walk w;
	size_t n = 0;

	*others = 0;
	forward_walk_begin(&w, f, start);
	for (uint32_t i = 0; i < w.n && i < FORWARD_STEPS; i++) {
		const struct forward_node *x = &f->nodes[w.node[i]];

		if (!x->here && !n && (!to || !strcmp(x->name, to)))
			n = forward_way_to(&w, i, way, a);
		else if (!x->here)
			++*others;
		for (uint32_t k = x->first; x->here && (!i || forward_leads_on(x)) &&
		     k < x->first + x->n; k++)
			if (f->edges[k].kind == FORWARD_ADDRESS)
				forward_meet(&w, f->edges[k].to, i);
	}
	forward_walk_end(&w);
	return n;
}

void forward_more(const struct check *c, const struct facts *f, size_t n,
		  const char *what, struct report *r)
{
	struct finding *x;

	if (n <= FORWARD_SHOWN)
		return;
	x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER,
		       f->hostname ? f->hostname : "this server", "%zu more %s",
		       n - FORWARD_SHOWN, what);
	finding_evidence(r, x, "/etc/valiases", "%d are listed, %zu were found",
			 FORWARD_SHOWN, n);
	finding_no_fix(r, x, "Settle those that are listed, then scan again.");
}
