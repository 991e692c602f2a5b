#include <string.h>

#include "base/map.h"
#include "mail/forward_path.h"
#include "mail/forward_view.h"

struct walk {
	const struct forward_facts *f;
	struct arena *arena;
	struct map lines;	/* nodes with a line here, by name */
	struct map shown;
	struct map local;	/* domains of them */
	struct path_step *steps;
	size_t n;
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

static void follow(struct walk *w, const struct forward_node *x, struct path_step *s,
		   unsigned depth)
{
	s->file = arena_printf(w->arena, "/etc/valiases/%s", x->domain);
	s->line = x->line;
	for (uint32_t k = x->first; k < x->first + x->n && w->n < FORWARD_PATH_MAX; k++) {
		const struct forward_edge *e = &w->f->edges[k];
		const struct forward_node *to = &w->f->nodes[e->to];

		if (e->kind != FORWARD_ADDRESS)
			add(w, depth + 1, (enum forward_kind)e->kind, e->text, PATH_GOES_ON);
		else if (to == x)
			add(w, depth + 1, FORWARD_ADDRESS, to->name, PATH_KEEPS);
		else
			visit(w, to->name, to->here, depth + 1);
	}
}

/* Without a line of its own: what takes its place where there is no mailbox. */
static void fall_back(struct walk *w, const char *name, unsigned depth)
{
	const char *at = strrchr(name, '@');
	const struct domain_forward *d = domain_forward_of(w->f, at + 1);
	const char *rest = arena_printf(w->arena, "*%s", at);

	if (w->n == FORWARD_PATH_MAX)
		return;
	if (d) {
		struct path_step *s = add(w, depth + 1, FORWARD_ADDRESS,
			arena_printf(w->arena, "%.*s@%s", (int)(at - name), name, d->target),
			PATH_OUTSIDE);

		s->file = arena_printf(w->arena, "/etc/vdomainaliases/%s", d->domain);
		s->line = d->line;
		if (map_get(&w->local, d->target))
			s->end = PATH_MAILBOX;
	} else if (map_get(&w->lines, rest)) {
		visit(w, rest, true, depth + 1);
	}
}

static bool is_default(const char *name)
{
	return name[0] == '*' && name[1] == '@';
}

/* Whether the address stands above on this way: *certain, unless a default address
 * lies between, which an address with a mailbox does not come by. */
static bool is_above(const struct walk *w, const char *name, unsigned depth, bool *certain)
{
	*certain = true;
	for (unsigned i = depth; i--;) {
		if (is_default(w->above[i]))
			*certain = false;
		if (!strcmp(w->above[i], name))
			return true;
	}
	return false;
}

static void visit(struct walk *w, const char *name, bool here, unsigned depth)
{
	struct path_step *s;
	const struct forward_node *x = map_get(&w->lines, name);
	bool certain;
	void **shown;

	if (w->n == FORWARD_PATH_MAX)
		return;
	s = add(w, depth, FORWARD_ADDRESS, name, PATH_OUTSIDE);
	if (!here)
		return;
	if (depth + 1 >= FORWARD_PATH_DEPTH || w->n == FORWARD_PATH_MAX) {
		s->end = PATH_CUT;
		return;
	}
	if (is_above(w, name, depth, &certain)) {
		s->end = certain ? PATH_CIRCLE : PATH_SHOWN;
		return;
	}
	/* Where a circle ends depends on where it is entered: each way is shown. */
	shown = map_at(&w->shown, name);
	if (*shown && !(x && x->loop)) {
		s->end = PATH_SHOWN;
		return;
	}
	*shown = w;
	s->end = x ? PATH_GOES_ON : PATH_MAILBOX;
	w->above[depth] = name;
	if (x)
		follow(w, x, s, depth);
	else if (!depth || !is_default(w->above[depth - 1]))
		fall_back(w, name, depth);
}

size_t forward_path(const struct forward_facts *f, const char *address, bool here,
		    struct path_step **out, struct arena *a)
{
	struct walk w = {
		.f = f, .arena = a, .lines = MAP_INIT(a, 0), .shown = MAP_INIT(a, 0),
		.local = MAP_INIT(a, 0),
		.steps = arena_zalloc(a, FORWARD_PATH_MAX * sizeof(*w.steps)),
	};

	for (size_t i = 0; i < f->nnodes; i++) {
		if (!f->nodes[i].here)
			continue;
		*map_at(&w.local, f->nodes[i].domain) = a;
		if (f->nodes[i].n)
			*map_at(&w.lines, f->nodes[i].name) = (void *)(uintptr_t)&f->nodes[i];
	}
	visit(&w, address, here, 0);
	if (w.n == FORWARD_PATH_MAX)
		w.steps[w.n - 1].end = PATH_CUT;
	*out = w.steps;
	return w.n;
}

const char *path_end_name(enum path_end e)
{
	static const char *const names[] = {
		[PATH_GOES_ON] = "goes_on", [PATH_MAILBOX] = "mailbox", [PATH_KEEPS] = "keeps",
		[PATH_OUTSIDE] = "outside", [PATH_CIRCLE] = "circle", [PATH_SHOWN] = "shown",
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
