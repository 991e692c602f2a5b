#include <string.h>

#include "core/check.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"

/* A filter or a Sieve script of the mailbox does (vacation). */
static const struct home_rule *answers(const struct forward_facts *f,
				       const struct forward_node *x)
{
	uint32_t node = (uint32_t)(x - f->nodes);
	size_t n;
	const struct home_rule *h = home_rules_of(f, node, &n);

	for (size_t i = 0; i < n && home_rules_reached(f, node); i++)
		if (h[i].answers)
			return &h[i];
	return NULL;
}

/* The panel's autoresponder stands in the line as "|/usr/local/cpanel/bin/autorespond …". */
static bool responds(const struct forward_facts *f, const struct forward_node *x)
{
	for (uint32_t k = x->first; x->here && k < x->first + x->n; k++)
		if (f->edges[k].kind == FORWARD_PIPE && strstr(f->edges[k].text, "/autorespond"))
			return true;
	return answers(f, x);
}

/* Another address with an autoresponder that gets this one's mail; or NULL. */
static const struct forward_node *partner(const struct forward_facts *f,
					  const struct forward_node *x)
{
	const struct forward_node *best = NULL;

	for (uint32_t k = x->first; k < x->first + x->n; k++) {
		const struct forward_node *to = &f->nodes[f->edges[k].to];

		if (f->edges[k].kind != FORWARD_ADDRESS || to == x || !responds(f, to))
			continue;
		if (!best || (x->loop && to->loop == x->loop))
			best = to;
	}
	return best;
}

static void add(const struct check *c, const struct forward_facts *f,
		const struct forward_node *x, const struct forward_node *to, struct report *r)
{
	bool both = x->loop && x->loop == to->loop;
	struct finding *found;

	if (both && strcmp(x->name, to->name) > 0 && partner(f, to) == x)
		return;		/* the other one tells it */
	found = report_add(r, c, both ? SEV_WARNING : SEV_INFO, SUBJECT_FORWARDER, x->name, both ?
		"%s and %s both answer by themselves and forward to each other" :
		"Mail for %s is answered by itself, and once more by %s, which it is forwarded to",
		x->name, to->name);
	forward_evidence(r, found, f, x);
	if (to->n)
		forward_evidence(r, found, f, to);
	for (int i = 0; i < 2; i++) {
		const struct home_rule *h = answers(f, i ? to : x);

		if (h)
			home_evidence(r, found, f, h);
	}
	finding_no_fix(r, found, "Delete one of the two autoresponders in cPanel, or the forwarder between them; an interval of some hours keeps the one that stays from answering the same sender again and again.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i];
		const struct forward_node *to = x->is_default || !forward_concerns(f, x->domain) || !responds(g, x) ?
			NULL : partner(g, x);

		if (to && ++n <= FORWARD_SHOWN)
			add(c, g, x, to, r);
	}
	forward_more(c, f, n, "pairs of autoresponders get the same mail", r);
}

const struct check check_responder_pingpong = {
	.id = "responder_pingpong", .rule = "E08",
	.title = "Two autoresponders get the same mail",
	.why = "Every message gets two answers. When a message from one of the two reaches the other, each answer is answered again, until the account's hourly limit stops all of its mail.",
	.who = "the account's owner, under Autoresponders",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
};
