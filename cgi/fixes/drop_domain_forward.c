#include <string.h>

#include "core/fix.h"

static const struct domain_forward *named(const struct forward_facts *f, const char *domain)
{
	for (size_t i = 0; i < f->ndomains; i++)
		if (!strcmp(f->domains[i].domain, domain))
			return &f->domains[i];
	return NULL;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const char *domain = in->finding->subject;
	const struct domain_forward *x = named(&in->facts->forwarding, domain);
	const struct domain *d = facts_domain(in->facts, domain);

	if (in->nparams)
		return err_set(e, ERR_INPUT, "drop_domain_forward takes no settings, not %.40s",
			       in->params[0].name);
	if (!x)
		return err_set(e, ERR_STALE, "%s is not forwarded any more", domain);
	if (!d || !d->owner || !*x->target)
		return err_set(e, ERR_DENIED, "the domain forwarder of %s stays: %s", domain,
			       *x->target ? "no account on this server has the domain" :
			       "its line names no domain, and could not be put back");
	plan_op(p, "set_domain_forward", domain, x->target, "none");
	plan_note(p, "Mail for %s no longer goes to the same name at %s. Its own mailboxes and forwarders are not touched.",
		  domain, x->target);
	plan_note(p, "What is written to names that have neither goes by the domain's Default Address then (%s). If people still write to such names and are meant to reach %s, leave the forwarder as it is.",
		  x->default_address ? x->default_address : "the account's own mailbox, or a refusal",
		  x->target);
	p->confirm = domain;
	return 0;
}

const struct fix fix_drop_domain_forward = {
	.id = "drop_domain_forward",
	.title = "Take the domain forwarder away",
	.risk = "What people send to names without a mailbox or a forwarder here no longer reaches the other domain; it goes to the default address, or is refused.",
	.params = "",
	.plan = plan,
};
