#include "core/fix.h"
#include "mail/manual_plan.h"
#include "mail/verdict.h"

/* The host is there and may well take the mail that is handed to it. */
static bool leads_somewhere(const struct manual_route *m)
{
	enum mx_host_state state = mx_host_state(m->hosts[0]);

	return state != MX_HOST_ABSENT && state != MX_HOST_OURS;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct facts *f = in->facts;
	const struct domain *d = facts_domain(f, in->finding->subject);
	const struct manual_route *m = d ? manual_route_of(f, d->name) : NULL;
	const char *why;

	if (in->nparams)
		return err_set(e, ERR_INPUT, "drop_manual_mx takes no settings, not %.40s",
			       in->params[0].name);
	if (!m)
		return err_set(e, ERR_STALE, "%s has no line in /etc/manualmx",
			       in->finding->subject);
	why = manual_route_obstacle(f, d, m, p->arena);
	if (why)
		return err_set(e, ERR_DENIED, "the manual route of %s stays: %s",
			       d->name, why);
	plan_op(p, "set_manual_mx", d->name, m->hosts[0]->name, "none");
	plan_note(p, "What this server has for %s no longer goes to %s but by its lists and MX: %s.",
		  d->name, m->hosts[0]->name, d->routing_why);
	if (leads_somewhere(m))
		p->confirm = d->name;
	return 0;
}

const struct fix fix_drop_manual_mx = {
	.id = "drop_manual_mx",
	.title = "Take the manual route away",
	.risk = "Mail for this domain goes by its MX and the server's lists from then on.",
	.params = "",
	.plan = plan,
};
