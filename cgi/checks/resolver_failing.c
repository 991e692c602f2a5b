#include "core/check.h"

#define EXAMPLES 5

static size_t count_status(const struct facts *f, enum dns_status s)
{
	size_t n = 0;

	for (size_t i = 0; i < f->ndomains; i++)
		n += f->domains[i].mx_status == s;
	return n;
}

static void evidence(struct report *r, struct finding *x, const struct facts *f)
{
	static const enum dns_status silent[] = {
		DNS_TIMEOUT, DNS_SERVFAIL, DNS_REFUSED, DNS_MALFORMED,
	};
	size_t shown = 0;

	if (f->source[SOURCE_DNS].why)
		finding_evidence(r, x, "DNS", "%s", f->source[SOURCE_DNS].why);
	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++) {
		size_t n = count_status(f, silent[i]);

		if (n)
			finding_evidence(r, x, "DNS", "%zu domain%s: %s", n,
					 n == 1 ? "" : "s", dns_status_text(silent[i]));
	}
	for (size_t i = 0; i < f->ndomains && shown < EXAMPLES; i++) {
		const struct domain *d = &f->domains[i];

		if (!dns_unanswered(d->mx_status))
			continue;
		shown++;
		finding_evidence(r, x, "DNS", "%s MX: %s", d->name,
				 dns_status_text(d->mx_status));
	}
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const char *server = f->hostname ? f->hostname : "this server";
	struct finding *x;

	if (!facts_resolver_fails(f))
		return;
	x = f->zones.asked ?
		report_add(r, c, SEV_WARNING, SUBJECT_SERVER, server,
			   "The resolver has no answer for %zu of %zu zones that have nothing to do with each other",
			   f->zones.silent, f->zones.asked) :
		report_add(r, c, SEV_WARNING, SUBJECT_SERVER, server,
			   "The resolver answers no question");
	evidence(r, x, f);
	finding_no_fix(r, x, "Look at the servers that /etc/resolv.conf names: are they reachable, and do they answer for example.com? A local unbound or named often cures it. If all these zones stand on name servers of your own, look at those. Then scan again.");
}

const struct check check_resolver_failing = {
	.id = "resolver_failing", .rule = "C20",
	.title = "The resolver does not answer for many unrelated domains",
	.why = "Where these domains' mail should go cannot be told, so none of them was judged. Exim asks the same resolver: mail from this server waits, and senders whose domain cannot be looked up are put off.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_DNS,
	.judges = SRC_DNS,
	.run = run,
};
