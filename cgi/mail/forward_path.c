#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "mail/forward_path.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"
#include "mail/use_look.h"

struct walk {
	const struct forward_facts *f;
	struct arena *arena;
	struct map lines;	/* nodes with a line, by name */
	struct map shown;
	struct map ruled;	/* nodes that rules in homes act for, by name */
	struct map filtered;	/* the first filter_delivery of a domain */
	struct path_step *steps;
	size_t n, most;
	const char *filter_told;	/* the domain whose filter was shown for all */
	unsigned bent;		/* circles that were met */
	const char *above[FORWARD_PATH_DEPTH];
};

static const struct domain_forward *domain_forward_of(const struct forward_facts *f,
						      const char *domain)
{
	for (size_t i = 0; i < f->ndomains; i++)
		if (f->domains[i].here && *f->domains[i].target &&
		    !strcmp(f->domains[i].domain, domain))
			return &f->domains[i];
	return NULL;
}

static struct path_step *add(struct walk *w, unsigned depth, enum forward_kind kind,
			     const char *text, enum path_end end)
{
	struct path_step *s = &w->steps[w->n++];

	*s = (struct path_step){ .depth = depth, .kind = kind, .text = text, .end = end };
	return s;
}

static void visit(struct walk *w, const char *name, bool here, unsigned depth);
static void keep(struct walk *w, const char *name, unsigned depth);

/* ---- filters -------------------------------------------------------------- */

static bool is_full(const struct walk *w, unsigned depth)
{
	return w->n == w->most || depth + 2 >= FORWARD_PATH_DEPTH;
}

static void add_rule(struct walk *w, unsigned depth, const char *says, const char *file,
		     unsigned line)
{
	struct path_step *s = add(w, depth, FORWARD_ODD, says, PATH_RULE);

	s->file = file;
	s->line = line;
	w->above[depth] = "";
}

/* What the domain's own filter sends on, before any line is looked at. True: it keeps
 * nothing back for what follows. */
static bool filter_domain(struct walk *w, const char *name, unsigned depth)
{
	const char *domain = strrchr(name, '@') + 1;
	const struct filter_delivery *x = map_get(&w->filtered, domain);
	size_t left = x ? w->f->nfilters - (size_t)(x - w->f->filters) : 0;
	bool all = false;

	for (; left-- && !strcmp(x->domain, domain) && !is_full(w, depth) && !all; x++) {
		all = !x->conditional && !x->unseen;
		if (w->filter_told && !strcmp(w->filter_told, domain))
			continue;
		add_rule(w, depth + 1, arena_printf(w->arena, "the domain's filter sends to %s%s%s",
				x->to, x->conditional ? ", under a condition" : ", always",
				x->unseen ? ", as a copy" : ""),
			 arena_printf(w->arena, "/etc/vfilters/%s", domain), x->line);
		if (w->n < w->most && strcmp(x->to, name))
			visit(w, x->to, !x->outside, depth + 2);
	}
	return all;
}

static void follow_edge(struct walk *w, const struct forward_edge *e, uint32_t from,
			unsigned depth)
{
	const struct forward_node *to = &w->f->nodes[e->to];

	if (e->kind == FORWARD_ADDRESS && e->to == from)
		add(w, depth, FORWARD_ADDRESS, to->name, PATH_KEEPS);
	else if (e->kind == FORWARD_ADDRESS)
		visit(w, to->name, to->here, depth);
}

/* What acts for a mailbox in its home, beneath the step that says that it is reached. */
static void filter_mailbox(struct walk *w, const char *name, struct path_step *box)
{
	const struct forward_node *x = map_get(&w->ruled, name);
	unsigned depth = box->depth;
	size_t n = 0;
	const struct home_rule *r = x ? home_rules_of(w->f, (uint32_t)(x - w->f->nodes), &n) : NULL;

	w->above[depth] = name;
	for (size_t i = 0; i < n && !is_full(w, depth); i++) {
		add_rule(w, depth + 1, home_says(w->f, &r[i], w->arena), r[i].file, r[i].line);
		if (home_rule_takes(&r[i]))
			box->end = PATH_GOES_ON;
		if (!r[i].answers && w->n < w->most)
			follow_edge(w, &r[i].edge, r[i].from, depth + 2);
	}
}

static void follow(struct walk *w, const struct forward_node *x, struct path_step *s,
		   unsigned depth)
{
	s->file = forward_file(x, w->arena);
	s->line = x->line;
	s->last = forward_used(w->f, x);
	for (uint32_t k = x->first; k < x->first + x->n && w->n < w->most; k++) {
		const struct forward_edge *e = &w->f->edges[k];
		const struct forward_node *to = &w->f->nodes[e->to];

		const struct forward_node *own = e->kind == FORWARD_ACCOUNT ?
			home_account(w->f, e->text) : NULL;

		if (e->kind != FORWARD_ADDRESS) {
			struct path_step *box = add(w, depth + 1, (enum forward_kind)e->kind,
						    e->text, PATH_GOES_ON);

			if (own)
				filter_mailbox(w, own->name, box);
		} else if (to == x)
			keep(w, to->name, depth + 1);
		else
			visit(w, to->name, to->here, depth + 1);
	}
}

static bool is_default(const char *name)
{
	return name[0] == '*' && name[1] == '@';
}

/* What stands above where a domain's forwarder acts: no address. */
static const char by_domain[] = ">";

/* Exim passes over a router that handled the same address before, on this very way: what
 * did, of the address's own line and of what takes its place, the domain's forwarder
 * and behind it the default address. */
struct handled {
	bool line, domain, rest;
	bool comes_back;	/* over another server, as a new message */
	bool certain;	/* neither of those two lies between, which an address with a
			 * mailbox does not come by */
};

static struct handled look_above(const struct walk *w, const char *name, unsigned depth)
{
	struct handled h = { .certain = true };
	bool between = false, over = false;

	for (unsigned i = depth; i--;) {
		const struct forward_node *x = map_get(&w->lines, w->above[i]);

		if (!strcmp(w->above[i], name)) {
			h.line = true;
			h.rest |= i + 1 < depth && is_default(w->above[i + 1]);
			h.domain |= i + 1 < depth && w->above[i + 1] == by_domain;
			h.certain &= !between;
			h.comes_back |= over;
		}
		between |= is_default(w->above[i]) || w->above[i] == by_domain;
		over |= x && x->other;
	}
	return h;
}

/* The address is all that the line names: nothing comes of it. */
static bool is_all_of(const struct forward_facts *f, const struct forward_node *x,
		      const char *name)
{
	const struct forward_edge *e = &f->edges[x->first];

	return x->n == 1 && e->kind == FORWARD_ADDRESS && !strcmp(f->nodes[e->to].name, name);
}

/* By the forwarder of the whole domain, which keeps the local part. */
static void follow_domain(struct walk *w, const char *name, const struct domain_forward *d,
			  unsigned depth)
{
	add_rule(w, depth + 1, arena_printf(w->arena,
			"without a mailbox: the domain is forwarded to %s", d->target),
		 arena_printf(w->arena, "/etc/vdomainaliases/%s", d->domain), d->line);
	w->above[depth + 1] = by_domain;
	visit(w, arena_printf(w->arena, "%.*s@%s", (int)(strrchr(name, '@') - name), name,
			      d->target), d->target_here, depth + 2);
}

/* What takes the place of the line of the address that stands at `depth`: where it has
 * no mailbox, this decides. Who has a filter has a mailbox. */
static void fall_back(struct walk *w, const char *name, const struct handled *h,
		      unsigned depth)
{
	const char *at = strrchr(name, '@'), *rest = arena_printf(w->arena, "*%s", at);
	const struct domain_forward *d = h->domain ? NULL : domain_forward_of(w->f, at + 1);
	const struct forward_node *x = h->rest ? NULL : map_get(&w->lines, rest);
	struct path_step *s;

	if (w->n == w->most || map_get(&w->ruled, name) ||
	    (!d && (!x || is_all_of(w->f, x, name))))
		return;
	w->above[depth] = name;
	if (d && !is_full(w, depth)) {
		follow_domain(w, name, d, depth);
		return;
	}
	s = add(w, depth + 1, FORWARD_ADDRESS, rest, PATH_GOES_ON);
	if (is_full(w, depth)) {
		s->end = PATH_CUT;
		return;
	}
	w->above[depth + 1] = rest;
	follow(w, x, s, depth + 1);
}

/* The address names itself: what has a copy in its place. */
static void keep(struct walk *w, const char *name, unsigned depth)
{
	struct handled h = look_above(w, name, depth);
	struct path_step *box = add(w, depth, FORWARD_ADDRESS, name, PATH_KEEPS);

	w->bent++;
	if (depth + 1 < FORWARD_PATH_DEPTH)
		filter_mailbox(w, name, box);
	if (!is_default(name) && depth + 1 < FORWARD_PATH_DEPTH)
		fall_back(w, name, &h, depth);
}

/* It stands above already. */
static void come_back(struct walk *w, const char *name, struct path_step *s,
		      struct handled h)
{
	s->end = h.certain ? PATH_CIRCLE : PATH_SHOWN;
	w->bent++;
	if (!h.comes_back)
		fall_back(w, name, &h, s->depth);
}

static void visit(struct walk *w, const char *name, bool here, unsigned depth)
{
	struct path_step *s;
	const struct forward_node *x = map_get(&w->lines, name);
	struct handled h = look_above(w, name, depth);
	unsigned bent = w->bent;

	if (w->n == w->most)
		return;
	s = add(w, depth, FORWARD_ADDRESS, name, PATH_OUTSIDE);
	if (!here && !x)
		return;
	if (depth + 1 >= FORWARD_PATH_DEPTH || w->n == w->most) {
		s->end = PATH_CUT;
		return;
	}
	if (h.line) {
		come_back(w, name, s, h);
		return;
	}
	if (map_get(&w->shown, name)) {
		s->end = PATH_SHOWN;
		return;
	}
	s->end = !here ? PATH_OUTSIDE : x ? PATH_GOES_ON : PATH_MAILBOX;
	w->above[depth] = name;
	if (here && !is_default(name) && filter_domain(w, name, depth)) {
		s->end = PATH_GOES_ON;
		return;
	}
	if (x)
		follow(w, x, s, depth);
	else if (map_get(&w->ruled, name))
		filter_mailbox(w, name, s);
	else
		fall_back(w, name, &h, depth);
	/* Where a circle ends depends on where it is entered: each way is shown. */
	if (bent == w->bent)
		*map_at(&w->shown, name) = w;
}

static struct walk begin(const struct forward_facts *f, size_t most, struct arena *a)
{
	struct walk w = {
		.f = f, .arena = a, .lines = MAP_INIT(a, 0), .shown = MAP_INIT(a, 0),
		.ruled = MAP_INIT(a, 0), .filtered = MAP_INIT(a, 0),
		.steps = arena_zalloc(a, most * sizeof(*w.steps)), .most = most,
	};

	for (size_t i = 0; i < f->nnodes; i++)
		if (f->nodes[i].n)
			*map_at(&w.lines, f->nodes[i].name) = (void *)(uintptr_t)&f->nodes[i];
	for (size_t i = 0; i < f->nrules; i++)
		*map_at(&w.ruled, f->nodes[f->rules[i].from].name) =
			(void *)(uintptr_t)&f->nodes[f->rules[i].from];
	for (size_t i = f->nfilters; i--;)
		*map_at(&w.filtered, f->filters[i].domain) = (void *)(uintptr_t)&f->filters[i];
	return w;
}

size_t forward_path(const struct forward_facts *f, const char *address, bool here,
		    struct path_step **out, struct arena *a)
{
	struct walk w = begin(f, FORWARD_PATH_MAX, a);

	visit(&w, address, here, 0);
	if (w.n == w.most)
		w.steps[w.n - 1].end = PATH_CUT;
	*out = w.steps;
	return w.n;
}

/* ---- all of a domain -------------------------------------------------------- */

struct root {
	const char *name;
	int rank;	/* the lower, the sooner it is shown */
};

static int by_rank(const void *a, const void *b)
{
	const struct root *x = a, *y = b;

	return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}

static bool in_default_round(const struct forward_facts *f, uint32_t v)
{
	for (size_t i = 0; i < f->ndefault_rounds; i++)
		for (uint32_t k = 0; k < f->default_rounds[i].n; k++)
			if (f->default_rounds[i].way[k] == v)
				return true;
	return false;
}

/* Circles, then what goes to others, then the rest; what refuses is of no interest. */
static int rank_of(const struct forward_facts *f, uint32_t v)
{
	const struct forward_node *x = &f->nodes[v];
	int rank = x->n ? 3 : 2;

	if (x->loop || x->far || (x->is_default && in_default_round(f, v)))
		return 0;
	for (uint32_t k = x->first; k < x->first + x->n; k++) {
		const struct forward_edge *e = &f->edges[k];

		if (e->kind == FORWARD_ADDRESS && !f->nodes[e->to].here)
			return 1;
		if (e->kind != FORWARD_REFUSE)
			rank = 2;
	}
	return rank;
}

static struct root *roots_of(struct walk *w, const char *domain, size_t *n)
{
	const struct forward_facts *f = w->f;
	struct root *all = NULL;
	size_t cap = 0;

	*n = 0;
	for (uint32_t v = 0; v < f->nnodes; v++) {
		const struct forward_node *x = &f->nodes[v];
		int rank;

		if ((!x->n && !map_get(&w->ruled, x->name)) || strcmp(x->domain, domain))
			continue;
		rank = rank_of(f, v);
		if (rank > 2)
			continue;
		all = arena_grow(w->arena, all, *n, &cap, sizeof(*all));
		all[(*n)++] = (struct root){ x->name, rank };
	}
	if (*n)
		qsort(all, *n, sizeof(*all), by_rank);
	return all;
}

/* A domain forwarder takes all that has no line here and no mailbox. */
static void show_domain_forward(struct walk *w, const char *domain)
{
	const struct domain_forward *d = domain_forward_of(w->f, domain);
	struct path_step *s;

	if (!d)
		return;
	s = add(w, 0, FORWARD_ADDRESS, arena_printf(w->arena, "what has no mailbox or forwarder at %s", domain),
		PATH_GOES_ON);
	s->file = arena_printf(w->arena, "/etc/vdomainaliases/%s", domain);
	s->line = d->line;
	add(w, 1, FORWARD_ADDRESS, arena_printf(w->arena, "the same name at %s", d->target),
	    d->target_here ? PATH_MAILBOX : PATH_OUTSIDE);
}

/* It comes before each address of the domain, and is shown once. */
static void show_domain_filter(struct walk *w, const char *domain)
{
	if (!map_get(&w->filtered, domain))
		return;
	add(w, 0, FORWARD_ADDRESS, arena_printf(w->arena, "each address of %s", domain),
	    PATH_GOES_ON);
	w->above[0] = "";
	w->most = FORWARD_DOMAIN_EACH;
	filter_domain(w, arena_printf(w->arena, "*@%s", domain), 0);
	w->filter_told = domain;
}

/* It stands on the way of another one, with all that comes of it. */
static bool was_followed(const struct walk *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->steps[i].end == PATH_GOES_ON && !strcmp(w->steps[i].text, name))
			return true;
	return false;
}

size_t forward_domain_path(const struct forward_facts *f, const char *domain, bool here,
			   struct path_step **out, size_t *left, struct arena *a)
{
	struct walk w = begin(f, FORWARD_DOMAIN_MAX, a);
	size_t n, i;
	struct root *roots = roots_of(&w, domain, &n);

	show_domain_forward(&w, domain);
	show_domain_filter(&w, domain);
	for (i = 0; i < n && w.n < FORWARD_DOMAIN_MAX; i++) {
		size_t most = w.n + FORWARD_DOMAIN_EACH;

		if (was_followed(&w, roots[i].name))
			continue;
		w.most = most < FORWARD_DOMAIN_MAX ? most : FORWARD_DOMAIN_MAX;
		visit(&w, roots[i].name, here, 0);
		if (w.n == w.most)
			w.steps[w.n - 1].end = PATH_CUT;
	}
	*left = n - i;
	*out = w.steps;
	return w.n;
}

const char *path_step_text(const struct path_step *s, struct arena *a)
{
	static const char *const says[] = {
		[PATH_GOES_ON] = "", [PATH_MAILBOX] = ": its mailbox, if it has one",
		[PATH_KEEPS] = ": a copy for its own mailbox",
		[PATH_OUTSIDE] = ": another server's", [PATH_CIRCLE] = ": a circle, it stands above",
		[PATH_SHOWN] = ": as shown", [PATH_CUT] = ": and further",
	};
	const char *where = s->file ? arena_printf(a, " (%s, line %u)", s->file, s->line) : "";

	return arena_printf(a, "%s%s%s", strncmp(s->text, "*@", 2) ? s->text :
			    "without a mailbox: the default address", where, says[s->end]);
}

const char *path_end_name(enum path_end e)
{
	static const char *const names[] = {
		[PATH_GOES_ON] = "goes_on", [PATH_MAILBOX] = "mailbox", [PATH_KEEPS] = "keeps",
		[PATH_OUTSIDE] = "outside", [PATH_CIRCLE] = "circle", [PATH_RULE] = "rule", [PATH_SHOWN] = "shown",
		[PATH_CUT] = "cut",
	};

	return names[e];
}

const char *forward_kind_name(enum forward_kind k)
{
	static const char *const names[] = {
		[FORWARD_ADDRESS] = "address", [FORWARD_ACCOUNT] = "account",
		[FORWARD_PIPE] = "pipe", [FORWARD_FILE] = "file",
		[FORWARD_DISCARD] = "discard", [FORWARD_REFUSE] = "refuse",
		[FORWARD_DEFER] = "defer", [FORWARD_ODD] = "odd",
	};

	return names[k];
}
