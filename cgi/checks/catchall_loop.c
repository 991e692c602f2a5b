#include <string.h>

#include "core/check.h"
#include "mail/default_round.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"

/* The target of the default address that has a line of its own in the same domain and
 * leaves this server from there. */
static size_t way_out(const struct forward_facts *f, const struct forward_node *x,
		      const uint32_t **way, struct arena *a)
{
	for (uint32_t k = x->first; k < x->first + x->n; k++) {
		const struct forward_edge *e = &f->edges[k];
		size_t n, others;

		if (e->kind != FORWARD_ADDRESS || !forward_leads_on(&f->nodes[e->to]) ||
		    strcmp(f->nodes[e->to].domain, x->domain))
			continue;
		n = forward_way_out(f, e->to, NULL, way, &others, a);
		if (n > 1)
			return n;
	}
	return 0;
}

static bool same_owner(const struct facts *f, const char *a, const char *b)
{
	const struct domain *da = facts_domain(f, a), *db = facts_domain(f, b);

	return !strcmp(a, b) || (da && db && da->owner && db->owner &&
				 !strcmp(da->owner, db->owner));
}

/* Whoever may see this domain need not see the forwarders of others. */
static bool all_of_one(const struct facts *f, const char *domain, const uint32_t *way,
		       size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (!same_owner(f, domain, f->forwarding.nodes[way[i]].domain))
			return false;
	return true;
}

static void add(const struct check *c, const struct facts *facts,
		const struct forward_node *x, const uint32_t *way, size_t n, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	bool whole = all_of_one(facts, x->domain, way, n);
	struct finding *found = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, x->domain,
		"Mail for addresses of %s that do not exist goes to %s, which sends it on to %s",
		x->domain, f->nodes[way[0]].name,
		whole ? f->nodes[way[n - 1]].name : "another server");

	forward_evidence(r, found, f, x);
	for (size_t i = 0; i + 1 < n && (whole || !i); i++)
		forward_evidence(r, found, f, &f->nodes[way[i]]);
	forward_button(r, found, facts, x);
}

/* ---- default addresses that lead to each other -------------------------------- */

static bool of_one(const struct facts *f, const struct default_round *round)
{
	const struct forward_node *nodes = f->forwarding.nodes;

	for (uint32_t i = 2; i < round->n; i += 2)
		if (!same_owner(f, nodes[round->way[0]].domain, nodes[round->way[i]].domain))
			return false;
	return true;
}

/* Told of each domain, since any of them can end it. */
static void add_round(const struct check *c, const struct facts *facts,
		      const struct default_round *round, uint32_t at, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const struct forward_node *x = &f->nodes[round->way[at]];
	bool whole = of_one(facts, round), known = round->state == ROUND_CLOSED;
	const char *way = whole ? default_round_text(f, round, r->arena) :
		arena_printf(r->arena, "that of %s → %s → … → the default address of %s",
			     x->domain, f->nodes[round->way[at + 1]].name, x->domain);
	struct finding *found = report_add(r, c, known ? SEV_WARNING : SEV_UNKNOWN,
		SUBJECT_DOMAIN, x->domain, known ?
		"Default addresses lead in a circle, and nothing takes the mail: %s" :
		"Default addresses lead in a circle, unless an address between has a mailbox: %s",
		way);

	for (uint32_t i = 0; i < round->n && i < FORWARD_SHOWN; i += 2)
		if (whole || i == at)
			forward_evidence(r, found, f, &f->nodes[round->way[i]]);
	if (whole)
		finding_evidence(r, found, "Exim", known ? "mail for %s: %s" :
				 "whether %s has a mailbox is not known: %s",
				 f->nodes[round->way[1]].name, round->said);
	if (known)
		forward_button(r, found, facts, x);
	else
		finding_no_fix(r, found, "Look in cPanel, under Email Accounts, whether %s is a mailbox. If it is none, set another default address under Default Address.",
			       f->nodes[round->way[at + 1]].name);
}

static size_t rounds(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->ndefault_rounds; i++) {
		const struct default_round *round = &g->default_rounds[i];

		for (uint32_t k = 0; k < round->n && round->state != ROUND_OPEN; k += 2)
			if (forward_concerns(f, g->nodes[round->way[k]].domain) &&
			    ++n <= FORWARD_SHOWN)
				add_round(c, f, round, k, r);
	}
	return n;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	forward_more(c, f, rounds(c, f, r), "domains have default addresses that lead to each other", r);
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i];
		const uint32_t *way;
		size_t steps = x->is_default && x->here && forward_concerns(f, x->domain) ?
			way_out(g, x, &way, r->arena) : 0;

		if (steps && ++n <= FORWARD_SHOWN)
			add(c, f, x, way, steps, r);
	}
	forward_more(c, f, n, "domains have a default address that is sent on to another server", r);
}

const struct check check_catchall_loop = {
	.id = "catchall_loop", .rule = "E06",
	.title = "A default address is sent on to another server, or in a circle",
	.why = "Everything sent to invented addresses of the domain, most of it spam, leaves through this server. What the other side refuses is returned, often to forged addresses of this very domain, and comes back to the default address: the mailbox floods, and the server's address gets a bad name. Default addresses of two domains that lead to each other are as bad: Exim breaks the circle, and the mail is returned after all.",
	.who = "the account's owner, under Default Address",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
	.fix = "default_address_fail",
};
