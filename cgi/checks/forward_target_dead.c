#include "core/check.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"

static void say(const struct check *c, const struct facts *f, const struct forward_node *x,
		const struct forward_node *to, unsigned dead, struct report *r)
{
	bool all = dead == x->n;
	struct finding *found = report_add(r, c, all ? SEV_CRITICAL : SEV_WARNING,
		SUBJECT_FORWARDER, x->name, all ?
		"Mail for %s is forwarded to %s, which cannot take it" :
		"A copy of the mail for %s is forwarded to %s, which cannot take it",
		x->is_default ? arena_printf(r->arena, "unknown addresses of %s", x->domain) :
		x->name, to->name);

	forward_evidence(r, found, &f->forwarding, x);
	for (uint32_t k = x->first; k < x->first + x->n; k++) {
		const struct forward_edge *e = &f->forwarding.edges[k];
		const char *why = e->kind == FORWARD_ADDRESS ?
			forward_death(f, &f->forwarding.nodes[e->to]) : NULL;

		if (why)
			finding_evidence(r, found, "DNS", "%s: %s",
					 f->forwarding.nodes[e->to].name, why);
	}
	if (x->is_default)
		finding_no_fix(r, found, "Set another default address in cPanel, under Default Address.");
	else
		forward_button(r, found, f, x);
}

/* ---- filters in homes ------------------------------------------------------ */

static void say_rule(const struct check *c, const struct facts *f, const struct home_rule *h,
		     const char *why, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	const char *from = g->nodes[h->from].name, *to = g->nodes[h->edge.to].name;
	struct finding *x = report_add(r, c, home_rule_takes(h) ? SEV_CRITICAL : SEV_WARNING,
		SUBJECT_FORWARDER, arena_printf(r->arena, "%s>%s", from, to),
		"%s %s sends %s to %s, which cannot take it", home_kind(h), from,
		h->conditional ? "some of its mail" : h->copy ? "a copy of its mail" : "its mail", to);

	home_evidence(r, x, g, h);
	finding_evidence(r, x, "DNS", "%s: %s", to, why);
	if (!home_is_switched(f, h))
		x->fix = NULL;
	finding_advice(r, x, "%s", home_advice(h->anew));
}

static size_t rules(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->nrules; i++) {
		const struct home_rule *h = &g->rules[i];
		const char *why = h->answers || h->edge.kind != FORWARD_ADDRESS ||
			!forward_concerns(f, g->nodes[h->from].domain) ||
			!home_rules_reached(g, h->from) || !home_rule_is_first(g, h) ? NULL :
			forward_death(f, &g->nodes[h->edge.to]);

		if (why && ++n <= FORWARD_SHOWN)
			say_rule(c, f, h, why, r);
	}
	return n;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i], *to = NULL;
		unsigned dead = 0;

		if (!x->here || !forward_concerns(f, x->domain))
			continue;
		for (uint32_t k = x->first; k < x->first + x->n; k++) {
			const struct forward_edge *e = &g->edges[k];

			if (e->kind != FORWARD_ADDRESS || !forward_death(f, &g->nodes[e->to]))
				continue;
			to = to ? to : &g->nodes[e->to];
			dead++;
		}
		if (dead && ++n <= FORWARD_SHOWN)
			say(c, f, x, to, dead, r);
	}
	forward_more(c, f, n, "forwarders lead to addresses that cannot take mail", r);
	forward_more(c, f, rules(c, f, r), "filters lead to addresses that cannot take mail", r);
}

const struct check check_forward_target_dead = {
	.id = "forward_target_dead", .rule = "E14",
	.title = "A forwarder leads to an address that cannot take mail",
	.why = "Everything sent to the address is returned to its sender, and what comes from forged senders is returned to strangers, who report this server for it.",
	.who = "the account's owner, under Forwarders",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS | SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "hold_forwarder",
};
