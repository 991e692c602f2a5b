#include <string.h>

#include "core/check.h"
#include "mail/forward_view.h"
#include "mail/home_view.h"

static bool same(const struct filter_delivery *a, const struct filter_delivery *b)
{
	return !strcmp(a->domain, b->domain) && !strcmp(a->to, b->to);
}

/* Those of one domain to one address stand in one finding, the first of them. */
static const struct filter_delivery *first_of(const struct forward_facts *f, size_t i)
{
	size_t k = i;

	while (k && !strcmp(f->filters[k - 1].domain, f->filters[i].domain))
		k--;
	for (; k < i; k++)
		if (f->filters[k].outside && same(&f->filters[k], &f->filters[i]))
			break;
	return &f->filters[k];
}

static bool is_accounts(const struct facts *f, const char *domain)
{
	const struct domain *d = facts_domain(f, domain);

	return d && d->owner;
}

static void add(const struct check *c, const struct facts *facts, size_t i,
		struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const struct filter_delivery *d = &f->filters[i];
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_FORWARDER,
		arena_printf(r->arena, "%s>%s", d->domain, d->to),
		"A filter of %s sends mail to %s, outside this server", d->domain, d->to);
	const char *file = arena_printf(r->arena, "/etc/vfilters/%s", d->domain);

	for (size_t k = i; k < f->nfilters && !strcmp(f->filters[k].domain, d->domain); k++)
		if (same(&f->filters[k], d))
			finding_evidence(r, x, file, "line %u: %sdeliver \"%s\", %s",
				f->filters[k].line, f->filters[k].unseen ? "unseen " : "",
				f->filters[k].to, f->filters[k].conditional ?
				"under a condition" : "always");
	if (!is_accounts(facts, d->domain))
		x->fix = NULL;
	finding_advice(r, x, "Ask the domain's owner whether this is meant. If nobody knows the address, switch the filter off in cPanel under Global Email Filters, and change the account's passwords: whoever could write it could read everything.");
}

/* ---- filters in homes ------------------------------------------------------ */

static bool goes_out(const struct forward_facts *f, const struct home_rule *h)
{
	return !h->answers && h->edge.kind == FORWARD_ADDRESS && !f->nodes[h->edge.to].here;
}

static void add_home(const struct check *c, const struct facts *facts, size_t i,
		     struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const struct home_rule *h = &f->rules[i];
	const char *from = f->nodes[h->from].name, *to = f->nodes[h->edge.to].name;
	bool open = home_is_forward(h);
	struct finding *x = report_add(r, c, open ? SEV_INFO : SEV_WARNING, SUBJECT_FORWARDER,
		arena_printf(r->arena, "%s>%s", from, to),
		"%s %s sends mail to %s, outside this server",
		home_kind(h), from, to);

	for (size_t k = i; k < f->nrules && f->rules[k].from == h->from; k++)
		if (goes_out(f, &f->rules[k]) && f->rules[k].edge.to == h->edge.to)
			home_evidence(r, x, f, &f->rules[k]);
	if (!home_is_switched(facts, h))
		x->fix = NULL;
	finding_advice(r, x, "Ask the owner of %s whether this is meant. If nobody knows the address: %s And change the mailbox's and the account's passwords: whoever could write it could read everything.",
		       from, home_advice(h->anew));
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->nfilters; i++)
		if (g->filters[i].outside && forward_concerns(f, g->filters[i].domain) &&
		    first_of(g, i) == &g->filters[i] &&
		    ++n <= FORWARD_SHOWN)
			add(c, f, i, r);
	for (size_t i = 0; i < g->nrules; i++)
		/* Those of one mailbox to one address stand in one finding. */
		if (goes_out(g, &g->rules[i]) && home_rule_is_first(g, &g->rules[i]) &&
		    forward_concerns(f, g->nodes[g->rules[i].from].domain) && ++n <= FORWARD_SHOWN)
			add_home(c, f, i, r);
	forward_more(c, f, n, "filters send mail outside this server", r);
}

const struct check check_filter_forwards_out = {
	.id = "filter_forwards_out", .rule = "E09",
	.title = "A filter sends a domain's mail to a stranger",
	.why = "A filter takes or copies mail before any forwarder or mailbox is looked at, and nobody sees it in the list of forwarders. It is a usual way to read along after a password was stolen, and a usual cause of mail that “does not arrive”.",
	.who = "the account's owner, who knows whether it is meant",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
	.fix = "hold_forwarder",
};
