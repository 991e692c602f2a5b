#include "core/check.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"

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
