#include "core/fix.h"
#include "mail/forward_plan.h"

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct facts *f = in->facts;
	const char *domain = in->finding->subject;
	const struct forward_node *n = forward_named(&f->forwarding,
		arena_printf(p->arena, "*@%s", domain));
	const char *why;

	if (in->nparams)
		return err_set(e, ERR_INPUT, "default_address_fail takes no settings, not %.40s",
			       in->params[0].name);
	if (!n)
		return err_set(e, ERR_STALE, "%s has no default address any more", domain);
	why = n->n != 1 ? "it names more than one target" : forward_obstacle(f, n, p->arena);
	if (why)
		return err_set(e, ERR_DENIED, "the default address of %s stays: %s", domain, why);
	plan_op(p, "set_default_address", domain,
		forward_value(&f->forwarding, n, NULL, p->arena), ":fail:");
	plan_note(p, "Mail for addresses of %s that have neither a mailbox nor a forwarder is refused (“No Such User Here”) from then on.",
		  domain);
	p->confirm = domain;
	return 0;
}

const struct fix fix_default_address_fail = {
	.id = "default_address_fail",
	.title = "Refuse mail for unknown addresses",
	.risk = "Mistyped addresses, and those that were made up for one shop each, get no mail any more; the sender is told.",
	.params = "",
	.plan = plan,
};
