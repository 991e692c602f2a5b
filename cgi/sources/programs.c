#include <string.h>

#include "base/map.h"
#include "mail/forward_view.h"
#include "mail/home_rules.h"
#include "sources/programs.h"

struct gather {
	struct world *w;
	struct facts *f;
	struct arena *a;
	struct map seen;
	struct forward_program *all;
	size_t asked;
};

static bool read_word(struct slice word, enum program_state *state)
{
	static const char *const words[] = {
		[PROGRAM_THERE] = "there", [PROGRAM_MISSING] = "missing",
		[PROGRAM_DENIED] = "denied", [PROGRAM_ODD] = "odd",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_eq(slice_trim(word), words[i])) {
			*state = (enum program_state)i;
			return true;
		}
	return false;
}

static bool ask(struct gather *g, const char *account, const char *path,
		enum program_state *state)
{
	const struct world_ops *ops = g->w->ops;
	struct err e;
	char *text;
	size_t n;

	if (ops->program)
		return read_word(slice_of(ops->program(g->w, path)), state);
	if (!ops->command || ops->command(g->w, WORLD_PROGRAM, account, path, g->a, &text, &n, &e))
		return false;
	return read_word((struct slice){ text, strcspn(text, "\n") }, state);
}

static void take(struct gather *g, const char *account, const char *path)
{
	struct forward_facts *f = &g->f->forwarding;
	void **known = map_at(&g->seen, arena_printf(g->a, "%s %s", account, path));
	enum program_state state;

	if (*known)
		return;
	*known = g;
	g->asked++;
	if (ask(g, account, path, &state))
		g->all[f->nprograms++] = (struct forward_program){ account, path, state };
}

static void take_lines(struct gather *g, const struct forward_node *x)
{
	const struct forward_facts *f = &g->f->forwarding;
	const struct domain *d = facts_domain(g->f, x->domain);

	for (uint32_t k = x->first; d && d->owner && k < x->first + x->n; k++) {
		const char *path = forward_program(&f->edges[k], g->a);

		if (path && g->asked < FORWARD_PROGRAMS_MAX)
			take(g, d->owner, path);
	}
}

static void take_rule(struct gather *g, const struct home_rule *r)
{
	const char *path = r->answers ? NULL : forward_program(&r->edge, g->a);
	const char *account = path ? home_rule_account(g->f, r, g->a) : NULL;

	if (account && g->asked < FORWARD_PROGRAMS_MAX)
		take(g, account, path);
}

static bool has_pipe(const struct forward_facts *f, const struct forward_node *x)
{
	for (uint32_t k = x->first; x->here && k < x->first + x->n; k++)
		if (f->edges[k].kind == FORWARD_PIPE)
			return true;
	return false;
}

void programs_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct gather g = { .w = w, .f = f, .a = a, .seen = MAP_INIT(a, 0) };

	g.all = arena_zalloc(a, FORWARD_PROGRAMS_MAX * sizeof(*g.all));
	f->forwarding.programs = g.all;
	for (size_t i = 0; i < f->forwarding.nnodes && g.asked < FORWARD_PROGRAMS_MAX; i++)
		if (has_pipe(&f->forwarding, &f->forwarding.nodes[i]))
			take_lines(&g, &f->forwarding.nodes[i]);
	for (size_t i = 0; i < f->forwarding.nrules; i++)
		take_rule(&g, &f->forwarding.rules[i]);
}
