#include <string.h>

#include "core/check.h"
#include "mail/forward_view.h"

static const struct forward_program *found(const struct facts *f, const struct forward_node *x,
					   const struct forward_edge *e, struct arena *a)
{
	const struct forward_facts *g = &f->forwarding;
	const struct domain *d = facts_domain(f, x->domain);
	const char *path = d && d->owner ? forward_program(e, a) : NULL;

	for (size_t i = 0; path && i < g->nprograms; i++)
		if (!strcmp(g->programs[i].account, d->owner) &&
		    !strcmp(g->programs[i].path, path))
			return &g->programs[i];
	return NULL;
}

static const char *const says[] = {
	[PROGRAM_MISSING] = "which does not exist",
	[PROGRAM_DENIED] = "which the account may not start",
	[PROGRAM_ODD] = "which is no program",
};

static void add(const struct check *c, const struct forward_facts *f,
		const struct forward_node *x, const struct forward_program *p, struct report *r)
{
	struct finding *x_ = report_add(r, c, SEV_CRITICAL, SUBJECT_FORWARDER, x->name,
		"Mail for %s is piped to %s, %s",
		x->is_default ? arena_printf(r->arena, "unknown addresses of %s", x->domain) :
		x->name, p->path, says[p->state]);

	forward_evidence(r, x_, f, x);
	finding_evidence(r, x_, p->path, "looked for as %s: %s", p->account,
			 says[p->state]);
	finding_no_fix(r, x_, "Put the program where the line says and make it executable (chmod 755), or change the forwarder in cPanel.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; g->nprograms && i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i];
		const struct forward_program *bad = NULL;

		if (!x->here || !forward_concerns(f, x->domain))
			continue;
		for (uint32_t k = x->first; k < x->first + x->n && !bad; k++) {
			bad = found(f, x, &g->edges[k], r->arena);
			if (bad && bad->state == PROGRAM_THERE)
				bad = NULL;
		}
		if (bad && ++n <= FORWARD_SHOWN)
			add(c, g, x, bad, r);
	}
	forward_more(c, f, n, "addresses are piped to programs that cannot be started", r);
}

const struct check check_pipe_target_missing = {
	.id = "pipe_target_missing", .rule = "E11",
	.title = "Mail is piped to a program that cannot be started",
	.why = "Exim cannot hand the message over and returns it to its sender, or tries again for days: tickets, orders and lists stand still, and nobody at this end sees an error.",
	.who = "the account's owner",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS | SRC_DOMAINS | SRC_OWNERS,
	.run = run,
};
