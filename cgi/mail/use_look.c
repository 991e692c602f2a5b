#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "mail/cursor.h"
#include "mail/exim_log.h"
#include "mail/forward_view.h"
#include "mail/redirect.h"
#include "mail/use_look.h"
#include "mail/when.h"

struct use_look {
	struct facts *facts;
	int64_t (*utc)(int64_t wall);
	struct forward_use *uses;	/* by node */
	struct map by_name;
};

static bool is_watched_first(const struct forward_node *x)
{
	return x->loop || x->far;
}

static void watch(struct use_look *l, bool circles)
{
	struct forward_facts *f = &l->facts->forwarding;

	for (uint32_t v = 0; v < f->nnodes && f->nuses < USES_WATCHED; v++)
		if (forward_leads_on(&f->nodes[v]) && is_watched_first(&f->nodes[v]) == circles &&
		    forward_concerns(l->facts, f->nodes[v].domain))
			l->uses[f->nuses++].node = v;
}

static int by_node(const void *a, const void *b)
{
	uint32_t x = ((const struct forward_use *)a)->node;
	uint32_t y = ((const struct forward_use *)b)->node;

	return (x > y) - (x < y);
}

struct use_look *use_look_new(struct facts *f, struct arena *a, int64_t (*utc)(int64_t wall))
{
	struct use_look *l = arena_zalloc(a, sizeof(*l));
	struct forward_facts *g = &f->forwarding;

	*l = (struct use_look){
		.facts = f, .utc = utc, .by_name = MAP_INIT(a, 0),
		.uses = arena_zalloc(a, USES_WATCHED * sizeof(*l->uses)),
	};
	watch(l, true);
	watch(l, false);
	qsort(l->uses, g->nuses, sizeof(*l->uses), by_node);
	for (size_t i = 0; i < g->nuses; i++)
		*map_at(&l->by_name, g->nodes[l->uses[i].node].name) = &l->uses[i];
	g->uses = l->uses;
	return l;
}

static void note(struct use_look *l, struct slice address, int64_t at)
{
	char name[ADDRESS_TEXT_MAX];
	struct forward_use *u = redirect_address(name, address) ?
		map_get(&l->by_name, name) : NULL;

	if (u && at > u->last)
		u->last = at;
}

/* It was delivered under its own name: to its mailbox, by no line. */
static bool is_itself(const struct exim_log_line *x)
{
	size_t n = x->addr.n;

	return n <= x->orig.n && !strncasecmp(x->addr.p, x->orig.p, n) &&
		(n == x->orig.n || x->orig.p[n] == '@');
}

void use_look_line(struct use_look *l, struct slice line)
{
	struct exim_log_line x;
	struct slice rest;
	size_t ignored;
	int64_t at;

	if (!l->facts->forwarding.nuses || !cursor_find(line, " <", &ignored) ||
	    cursor_find(line, " <= ", &ignored))
		return;
	exim_log_parse(line, &x);
	if ((x.type != EXIM_LOG_DELIVERY && x.type != EXIM_LOG_FAIL) || !x.orig.n)
		return;
	at = exim_log_utc(&x, l->utc);
	if (at > l->facts->now)
		return;
	for (rest = x.parents; rest.n; )
		note(l, slice_trim(slice_cut(&rest, ',')), at);
	if (x.parents.n || (x.addr.n && !is_itself(&x)))
		note(l, x.orig, at);
}

void use_look_end(struct use_look *l)
{
	l->facts->forwarding.uses_from = l->facts->log_from;
}

static const struct forward_use *use_of(const struct forward_facts *f,
					const struct forward_node *n)
{
	const struct forward_use key = { .node = (uint32_t)(n - f->nodes) };

	return f->nuses ? bsearch(&key, f->uses, f->nuses, sizeof(key), by_node) : NULL;
}

int64_t forward_used(const struct forward_facts *f, const struct forward_node *n)
{
	const struct forward_use *u = use_of(f, n);

	return u ? u->last : 0;
}

const char *forward_use_text(const struct forward_facts *f, const struct forward_node *n,
			     struct arena *a)
{
	const struct forward_use *u = use_of(f, n);
	char when[WHEN_MAX];

	if (!u || (!u->last && !f->uses_from))
		return "";
	return u->last ? arena_printf(a, "; last used at %s", when_text(when, u->last)) :
		arena_printf(a, "; not used since %s, where the log begins",
			     when_text(when, f->uses_from));
}
