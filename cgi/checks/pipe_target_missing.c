#include <string.h>

#include "core/check.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"

static const struct forward_program *found(const struct facts *f, const char *account,
					   const struct forward_edge *e, struct arena *a)
{
	const struct forward_facts *g = &f->forwarding;
	const char *path = account ? forward_program(e, a) : NULL;

	for (size_t i = 0; path && i < g->nprograms; i++)
		if (!strcmp(g->programs[i].account, account) &&
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

/* ---- filters in homes ------------------------------------------------------ */

static void add_rule(const struct check *c, const struct forward_facts *f,
		     const struct home_rule *h, const struct forward_program *p,
		     struct report *r)
{
	const char *from = f->nodes[h->from].name;
	struct finding *x = report_add(r, c, home_rule_takes(h) ? SEV_CRITICAL : SEV_WARNING,
		SUBJECT_FORWARDER, arena_printf(r->arena, "%s>%s", from, p->path),
		"%s %s pipes %s to %s, %s", home_kind(h), from,
		h->conditional ? "some of its mail" : h->copy ? "a copy of its mail" : "its mail",
		p->path, says[p->state]);

	home_evidence(r, x, f, h);
	finding_evidence(r, x, p->path, "looked for as %s: %s", p->account, says[p->state]);
	finding_no_fix(r, x, "Put the program there and make it executable (chmod 755). Or: %s",
		       home_advice(h->anew));
}

/* The program that a rule pipes mail to, as far as it was looked for; or NULL. */
static const struct forward_program *piped(const struct facts *f, const struct home_rule *h,
					   struct arena *a)
{
	return h->answers || h->edge.kind != FORWARD_PIPE ? NULL :
		found(f, home_rule_account(f, h, a), &h->edge, a);
}

/* By a rule of the same mailbox before this one. */
static bool is_told(const struct facts *f, const struct home_rule *h,
		    const struct forward_program *p, struct arena *a)
{
	for (; h > f->forwarding.rules && (h - 1)->from == h->from; h--)
		if (piped(f, h - 1, a) == p)
			return true;
	return false;
}

static size_t rules(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; g->nprograms && i < g->nrules; i++) {
		const struct home_rule *h = &g->rules[i];
		const struct forward_program *p = piped(f, h, r->arena);

		if (p && p->state != PROGRAM_THERE && !is_told(f, h, p, r->arena) &&
		    forward_concerns(f, g->nodes[h->from].domain) &&
		    home_rules_reached(g, h->from) && ++n <= FORWARD_SHOWN)
			add_rule(c, g, h, p, r);
	}
	return n;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; g->nprograms && i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i];
		const struct forward_program *bad = NULL;
		const struct domain *d = facts_domain(f, x->domain);

		if (!x->here || !forward_concerns(f, x->domain))
			continue;
		for (uint32_t k = x->first; k < x->first + x->n && !bad; k++) {
			bad = found(f, d ? d->owner : NULL, &g->edges[k], r->arena);
			if (bad && bad->state == PROGRAM_THERE)
				bad = NULL;
		}
		if (bad && ++n <= FORWARD_SHOWN)
			add(c, g, x, bad, r);
	}
	forward_more(c, f, n, "addresses are piped to programs that cannot be started", r);
	forward_more(c, f, rules(c, f, r), "filters pipe mail to programs that cannot be started", r);
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
