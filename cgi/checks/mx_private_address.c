#include "core/check.h"
#include "mail/routing_evidence.h"

static bool is_private(const struct mx_host *h)
{
	return h->nips && !mx_host_reachable(h);
}

/* The first in the order of their preference; NULL: none. */
static const struct mx *first_private(const struct domain *d)
{
	const struct mx *first = NULL;

	for (size_t i = 0; i < d->nmx; i++)
		if (is_private(d->mx[i].host) &&
		    (!first || d->mx[i].preference < first->preference))
			first = &d->mx[i];
	return first;
}

/* Mail from outside has a way that does not begin with that one. */
static bool has_a_better(const struct domain *d, const struct mx *private)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (mx_host_reachable(d->mx[i].host) &&
		    d->mx[i].preference <= private->preference)
			return true;
	return false;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		const struct mx *m = first_private(d);
		struct finding *x;

		if (!m || !domain_is_public(d))
			continue;
		x = report_add(r, c, has_a_better(d, m) ? SEV_INFO : SEV_WARNING,
			       SUBJECT_DOMAIN, d->name,
			       "The mail exchanger %s of %s has an address that the Internet cannot reach",
			       m->host->name, d->name);
		exchanger_evidence(r, x, d);
		finding_no_fix(r, x, "Give that host a public address in the public DNS. If the DNS that this server asks shows inside addresses on purpose, scan with a public resolver (--resolver IP) to see what the world sees.");
	}
}

const struct check check_mx_private_address = {
	.id = "mx_private_address", .rule = "C07",
	.title = "A mail exchanger has a private address",
	.why = "An address such as 127.0.0.1 or 192.168.0.5 means another machine, or none, to every server that asks. Mail for the domain waits there until it is sent back.",
	.who = "whoever edits the domain's DNS",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
