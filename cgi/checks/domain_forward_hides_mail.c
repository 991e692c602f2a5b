#include <string.h>

#include "core/check.h"
#include "mail/forward_view.h"

static bool has_something(const struct domain_forward *d)
{
	return d->default_address ||
		(d->own != DOMAIN_OWN_SPARED && (d->addresses || d->mailboxes));
}

static void show(struct report *r, struct finding *x, const struct domain_forward *d)
{
	const char *aliases = arena_printf(r->arena, "/etc/valiases/%s", d->domain);

	finding_evidence(r, x, arena_printf(r->arena, "/etc/vdomainaliases/%s", d->domain),
			 "line %u: %s: %s", d->line, d->domain, d->target);
	if (d->default_address)
		finding_evidence(r, x, aliases, "default address: %s", d->default_address);
	if (d->addresses)
		finding_evidence(r, x, aliases, "%u address%s with a line of %s own, such as %s",
				 d->addresses, d->addresses == 1 ? "" : "es",
				 d->addresses == 1 ? "its" : "their", d->address);
	if (d->mailboxes)
		finding_evidence(r, x, "cPanel", "%u mailbox%s, such as %s", d->mailboxes,
				 d->mailboxes == 1 ? "" : "es", d->mailbox);
	if (d->own != DOMAIN_OWN_UNTOLD)
		finding_evidence(r, x, "Exim", d->own == DOMAIN_OWN_TAKEN ?
				 "mail for %s goes to the domain %s instead" :
				 "%s gets its mail: what has neither a mailbox nor a forwarder goes to the domain %s",
				 d->mailbox ? d->mailbox : d->address, d->target);
}

/* cPanel's own way: mailboxes and forwarders go first, the default address counts no more. */
static struct finding *add(const struct check *c, const struct domain_forward *d,
			   struct report *r)
{
	if (d->own == DOMAIN_OWN_SPARED)
		return report_add(r, c, SEV_INFO, SUBJECT_DOMAIN, d->domain,
			"The default address of %s gets nothing: the domain is forwarded to the domain %s",
			d->domain, d->target);
	return report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->domain,
		"Mail for %s is forwarded to the domain %s, although %s has addresses of its own here",
		d->domain, *d->target ? d->target : "that its line names", d->domain);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->forwarding.ndomains; i++) {
		const struct domain_forward *d = &f->forwarding.domains[i];
		struct finding *x;

		if (!d->here || !forward_concerns(f, d->domain) || !has_something(d) || !strcmp(d->domain, d->target))
			continue;
		x = add(c, d, r);
		show(r, x, d);
		if (!*d->target)
			finding_no_fix(r, x, "The line names no domain: look at it, and delete the domain forwarder in cPanel under Forwarders.");
	}
}

const struct check check_domain_forward_hides_mail = {
	.id = "domain_forward_hides_mail", .rule = "E07",
	.title = "A domain forwarder stands before the domain's own addresses",
	.why = "The domain forwarder takes the place of the default address: what was meant for that goes to the other domain. Where Exim asks it before the domain's mailboxes and forwarders, these get nothing either. Often it is left over from a change of the company's name.",
	.who = "the account's owner, under Forwarders",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
	.fix = "drop_domain_forward",
};
