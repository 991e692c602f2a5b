#include <string.h>

#include "core/check.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"

static bool only_itself(const struct forward_facts *f, uint32_t v)
{
	const struct forward_node *x = &f->nodes[v];

	return forward_leads_on(x) && x->n == 1 &&
		f->edges[x->first].kind == FORWARD_ADDRESS && f->edges[x->first].to == v;
}

static void addresses(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (uint32_t v = 0; v < g->nnodes; v++) {
		const char *name = g->nodes[v].name;
		struct finding *x;

		if (!only_itself(g, v) || !forward_concerns(f, g->nodes[v].domain) ||
		    ++n > FORWARD_SHOWN)
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_FORWARDER, name,
			       "%s is forwarded to itself and nowhere else", name);
		forward_evidence(r, x, g, &g->nodes[v]);
		forward_button(r, x, f, &g->nodes[v]);
	}
	forward_more(c, f, n, "addresses are forwarded to themselves", r);
}

static void domains(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;

	for (size_t i = 0; i < g->ndomains; i++) {
		const struct domain_forward *d = &g->domains[i];
		struct finding *x;

		if (!d->here || !forward_concerns(f, d->domain) || strcmp(d->domain, d->target))
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_FORWARDER, d->domain,
			       "The domain %s is forwarded to itself", d->domain);
		finding_evidence(r, x, arena_printf(r->arena, "/etc/vdomainaliases/%s", d->domain),
				 "line %u: %s: %s", d->line, d->domain, d->target);
		finding_no_fix(r, x, "Delete the domain forwarder in cPanel, under Forwarders.");
	}
}

/* Sieve sends a new message, which comes to the same script again. */
static bool sends_to_itself(const struct home_rule *h)
{
	return h->anew && !h->answers && h->edge.kind == FORWARD_ADDRESS &&
		h->edge.to == h->from;
}

static void scripts(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	uint32_t told = UINT32_MAX;	/* the mailbox of the last one */
	size_t n = 0;

	for (size_t i = 0; i < g->nrules; i++) {
		const struct home_rule *h = &g->rules[i];
		struct finding *x;

		if (!sends_to_itself(h) || h->from == told ||
		    !forward_concerns(f, g->nodes[h->from].domain))
			continue;
		told = h->from;
		if (++n > FORWARD_SHOWN)
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_FORWARDER,
			arena_printf(r->arena, "%s>itself", g->nodes[h->from].name),
			"A Sieve script of %s sends its mail to itself", g->nodes[h->from].name);
		home_evidence(r, x, g, h);
		finding_no_fix(r, x, "%s", home_advice(true));
	}
	forward_more(c, f, n, "Sieve scripts send mail to themselves", r);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	addresses(c, f, r);
	domains(c, f, r);
	scripts(c, f, r);
}

const struct check check_forward_self = {
	.id = "forward_self", .rule = "E17",
	.title = "An address is forwarded to itself alone",
	.why = "The forwarder does nothing: with a mailbox of that name mail arrives as without it, and without one it is returned as “Unrouteable address” or takes the default address. A forwarder that names other addresses as well keeps a copy this way, and is not meant.",
	.who = "the account's owner",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
	.fix = "hold_forwarder",
};
