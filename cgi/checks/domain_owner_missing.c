#include "core/check.h"
#include "mail/routing_evidence.h"

/* The account that userdomains names does not exist. */
static bool is_ghost(const struct facts *f, const struct domain *d)
{
	return d->owner && !d->reseller && f->accounts_known;
}

/* Listed for delivery or for refusal, or named in userdomains as nobody's. One
 * that is a backup alone may be hosted elsewhere altogether. */
static bool is_orphan(const struct facts *f, const struct domain *d)
{
	return !d->owner && !domain_is_the_server(f, d) && domain_is_public(d) &&
		(d->line[LIST_LOCAL] || d->of_nobody ||
		 (d->line[LIST_REMOTE] && !d->line[LIST_SECONDARY]));
}

/* Where a routing finding stands, it says that no account has the domain. */
static bool is_told(const struct domain *d)
{
	return routing_is_wrong(d->routing) || d->routing == ROUTING_NOT_HOSTED;
}

static void say(const struct check *c, const struct facts *f,
		const struct domain *d, struct report *r)
{
	bool ghost = is_ghost(f, d);
	struct finding *x = ghost ?
		report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
			   "%s belongs to the account %s, which does not exist",
			   d->name, d->owner) :
		report_add(r, c, d->line[LIST_LOCAL] ? SEV_WARNING : SEV_INFO,
			   SUBJECT_DOMAIN, d->name,
			   "%s is listed here, but no account has it", d->name);

	finding_evidence(r, x, "/etc/userdomains", ghost ? "%s: %s" : d->of_nobody ?
			 "%s: nobody" : "does not name %s", d->name,
			 ghost ? d->owner : "");
	if (ghost)
		finding_evidence(r, x, "/etc/trueuserowners", "does not name %s", d->owner);
	routing_evidence(r, x, f, d);
	finding_no_fix(r, x, ghost ?
		"Let cPanel write its files anew (/usr/local/cpanel/scripts/updateuserdomains). If the account is really gone, take the domain's lines out of the lists." :
		"If an account should have it, let cPanel write its files anew (/usr/local/cpanel/scripts/updateuserdomains). If the domain has left this server, take its line out of the list by hand.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);

		if ((is_ghost(f, d) || is_orphan(f, d)) && !is_told(d))
			say(c, f, d, r);
	}
}

const struct check check_domain_owner_missing = {
	.id = "domain_owner_missing", .rule = "D10",
	.title = "A listed domain belongs to no account",
	.why = "The server takes mail for a local domain that nobody has, and then finds no mailbox for it. The panel can neither show nor change such a domain.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_OWNERS,
	.run = run,
};
