#include <string.h>

#include "core/check.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"

/* What becomes of mail in a circle. */
struct outcome {
	bool leaves;	/* some of it also goes elsewhere */
	bool all_keep;	/* every address also names itself: its mailbox has a copy */
};

static struct outcome look(const struct forward_facts *f, const struct forward_loop *loop)
{
	struct outcome o = { .all_keep = true };

	for (uint32_t i = 0; i < loop->n; i++) {
		uint32_t v = f->members[loop->first + i];
		const struct forward_node *x = &f->nodes[v];
		bool keeps = false;

		for (uint32_t k = x->first; k < x->first + x->n; k++) {
			const struct forward_edge *e = &f->edges[k];
			bool address = e->kind == FORWARD_ADDRESS;

			keeps |= address && e->to == v;
			o.leaves |= forward_delivers(e) &&
				!(address && f->nodes[e->to].loop == x->loop && e->to != v);
		}
		o.all_keep &= keeps;
	}
	return o;
}

/* How bad it is and what to say, by what becomes of the mail. */
struct words {
	enum severity severity;
	const char *begin, *end;
};

static const struct words fates[] = {
	[LOOP_UNTOLD] = { SEV_CRITICAL, "Forwarders lead in a circle, and no line names another target", "" },
	[LOOP_EACH_KEEPS] = { SEV_WARNING, "Forwarders lead in a circle, and bring nothing to each other",
			      "; mail stays in the mailbox that it was sent to" },
	[LOOP_LOSES] = { SEV_CRITICAL, "Forwarders lead in a circle, and nothing else takes the mail", "" },
};
static const struct words elsewhere = {
	SEV_WARNING, "Forwarders lead in a circle", "; some of the mail also goes elsewhere",
};

static void add(const struct check *c, const struct facts *facts,
		const struct forward_loop *loop, bool leaves, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const struct words *says = leaves ? &elsewhere : &fates[loop->fate];
	const uint32_t *way;
	size_t n = forward_round(f, loop, &way, r->arena);
	struct finding *x;

	if (!n)
		return;
	x = report_add(r, c, says->severity, SUBJECT_FORWARDER, f->nodes[way[0]].name, "%s: %s%s",
		       says->begin, forward_round_text(f, way, n, r->arena), says->end);
	for (size_t i = 0; i < n && i < FORWARD_SHOWN; i++)
		forward_evidence(r, x, f, &f->nodes[way[i]]);
	if (loop->n > n)
		finding_evidence(r, x, "/etc/valiases", "%u addresses in all lead to each other here",
				 loop->n);
	if (loop->lost)
		finding_evidence(r, x, "Exim", "%s", loop->lost);
	forward_button(r, x, facts, &f->nodes[way[0]]);
}

static bool concerns(const struct facts *f, const struct forward_loop *loop)
{
	const struct forward_facts *g = &f->forwarding;

	for (uint32_t i = 0; i < loop->n; i++)
		if (forward_concerns(f, g->nodes[g->members[loop->first + i]].domain))
			return true;
	return false;
}

/* A circle may lead through what was not read. */
static void not_all(const struct check *c, const char *where, const char *what,
		    const char *why, struct report *r)
{
	struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER, where,
				       "Not all %s could be read", what);

	finding_evidence(r, x, where, "%s", why);
}

/* ---- circles through a filter in a home ------------------------------------ */

/* It is told of the first of its rules, by the name of the mailbox. */
static bool is_first(const struct forward_facts *f, const struct home_rule *rule,
		     const uint32_t *way, size_t n)
{
	const char *name = f->nodes[rule->from].name;

	if (home_step(f, way[0], way[1 % n]) != rule)
		return false;
	for (size_t i = 1; i < n; i++)
		if (home_step(f, way[i], way[(i + 1) % n]) &&
		    strcmp(f->nodes[way[i]].name, name) < 0)
			return false;
	return true;
}

static bool sends_anew(const struct forward_facts *f, const uint32_t *way, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct home_rule *by = home_step(f, way[i], way[(i + 1) % n]);

		if (by && by->anew)
			return true;
	}
	return false;
}

static void add_filtered(const struct check *c, const struct facts *facts,
			 const struct home_rule *rule, const uint32_t *way, size_t n,
			 bool certain, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	bool anew = sends_anew(f, way, n);
	struct finding *x = report_add(r, c, SEV_WARNING,
		SUBJECT_FORWARDER, arena_printf(r->arena, "%s>%s", f->nodes[way[0]].name,
						f->nodes[way[1]].name),
		"%s in a circle: %s%s", certain ? "A filter sends mail" :
		"Mail that meets a filter's condition is sent", forward_round_text(f, way, n, r->arena),
		anew ? "; each round is a new message" : "");

	for (size_t i = 0; i < n && i < FORWARD_SHOWN; i++) {
		const struct home_rule *by = home_step(f, way[i], way[(i + 1) % n]);

		if (by)
			home_evidence(r, x, f, by);
		else
			forward_evidence(r, x, f, &f->nodes[way[i]]);
	}
	if (!home_is_switched(facts, rule))
		x->fix = NULL;
	finding_advice(r, x, "%s", home_advice(anew));
}

static size_t filtered(const struct check *c, const struct facts *facts, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	size_t found = 0;

	for (size_t i = 0; i < f->nrules; i++) {
		const uint32_t *way;
		bool certain;
		size_t n = home_round(f, &f->rules[i], &way, &certain, r->arena);

		if (n > 1 && is_first(f, &f->rules[i], way, n) &&
		    forward_concerns(facts, f->nodes[way[0]].domain) && ++found <= FORWARD_SHOWN)
			add_filtered(c, facts, &f->rules[i], way, n, certain, r);
	}
	return found;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->nloops; i++) {
		struct outcome o = look(g, &g->loops[i]);

		if (!o.all_keep && g->loops[i].fate != LOOP_ALL_GET && concerns(f, &g->loops[i]) && ++n <= FORWARD_SHOWN)
			add(c, f, &g->loops[i], o.leaves, r);
	}
	if (g->why && !f->partial)
		not_all(c, "/etc/valiases", "forwarders, default addresses and filters", g->why, r);
	if (g->homes_why)
		not_all(c, "homes", "filters, .forward files and Sieve scripts in homes",
			g->homes_why, r);
	forward_more(c, f, filtered(c, f, r), "circles lead through filters", r);
	forward_more(c, f, n, "circles of forwarders are on this server", r);
}

const struct check check_forward_loop_here = {
	.id = "forward_loop_here", .rule = "E03",
	.title = "Forwarders on this server lead in a circle",
	.why = "Exim passes over a forwarder that has already handled the message, so mail does not go round for ever: it falls into the mailbox of the address that it came back to, if there is one, or is returned as “Unrouteable address”, or disappears without a line in the log. Addresses that each get a copy of the mail for all of them are fine and not meant.",
	.who = "the account's owner, who knows which of the forwarders is wrong",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
	.fix = "hold_forwarder",
};
