#include <string.h>

#include "core/check.h"
#include "mail/routing_evidence.h"

static bool share_an_address(const struct mx_host *a, const struct mx_host *b)
{
	for (size_t i = 0; i < a->nips; i++)
		for (size_t j = 0; j < b->nips; j++)
			if (ip_equal(&a->ips[i], &b->ips[j]))
				return true;
	return false;
}

static bool both(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* All of this server's hosts count as one; so do names under two domains that
 * the table of providers knows as one operator's. */
static bool same_operator(const struct mx_host *a, const struct mx_host *b)
{
	if (a->ours || b->ours)
		return a->ours && b->ours;
	return !strcmp(a->name, b->name) || both(a->provider, b->provider) ||
		both(a->provider_title, b->provider_title) || share_an_address(a, b);
}

/* A host that does not exist gets no mail; of one that could not be looked up
 * nobody knows whose it is. Where this server is a backup, that is the routing
 * list's affair. */
static bool counts(const struct mx_host *h, enum mx_side side)
{
	enum mx_host_state state = mx_host_state(h);

	return state == MX_HOST_OURS ? side == MX_HERE : state == MX_HOST_ELSEWHERE;
}

struct pair {
	const struct mx *first, *other;
};

/* The first exchanger, and the first that another operator has. Records stand by
 * preference, then name. */
static struct pair look(const struct domain *d)
{
	enum mx_side side = mx_look(d).side;
	struct pair p = { NULL, NULL };

	if (side != MX_HERE && side != MX_BACKUP_HERE && side != MX_ELSEWHERE)
		return p;
	for (size_t i = 0; i < d->nmx && !p.other; i++) {
		const struct mx *m = &d->mx[i];

		if (!counts(m->host, side))
			continue;
		if (!p.first)
			p.first = m;
		else if (!same_operator(p.first->host, m->host))
			p.other = m;
	}
	return p;
}

static const char *operator_of(const struct mx_host *h)
{
	if (h->ours)
		return "this server";
	if (h->provider_title)
		return h->provider_title;
	return h->provider ? h->provider : h->name;
}

static void say(const struct check *c, const struct domain *d,
		const struct pair *p, struct report *r)
{
	bool split = p->first->preference == p->other->preference;
	struct finding *x = report_add(r, c, split ? SEV_WARNING : SEV_INFO,
		SUBJECT_DOMAIN, d->name, split ?
		"Mail for %s is split: some goes to %s, some to %s" :
		"Mail for %s goes to %s, and to %s when that cannot be reached",
		d->name, operator_of(p->first->host), operator_of(p->other->host));

	exchanger_evidence(r, x, d);
	finding_no_fix(r, x, split ?
		"Remove the MX records of the operator that no longer has the mailboxes, or give them a higher number if they are a fallback on purpose." :
		"Nothing to do if the second one is a fallback on purpose. If it is left over from a move, remove its MX record: mail that goes there may never be read.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct pair p;

		if (d->nmx < 2 || !domain_is_public(d))
			continue;
		p = look(d);
		if (p.other)
			say(c, d, &p, r);
	}
}

const struct check check_mx_mixed_providers = {
	.id = "mx_mixed_providers", .rule = "C10",
	.title = "The domain's mail exchangers belong to different operators",
	.why = "Senders pick one of the exchangers with the lowest number, and a higher one when that fails. When only one operator has the mailboxes, what the other gets is lost to the people who wait for it.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
