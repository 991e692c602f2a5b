#include <string.h>

#include "core/check.h"
#include "core/fix.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"

/* The finding speaks of this target: it is the only one, or the one that closes the
 * circle, or the one that cannot take mail. */
static bool is_meant(const struct fix_input *in, const struct forward_node *n,
		     const struct forward_node *to)
{
	const struct facts *f = in->facts;

	if (!strcmp(in->finding->check->id, "forward_loop_outside"))
		return !to->here;
	if (n->n == 1 || (n->loop && to->loop == n->loop && to != n))
		return true;
	return !n->loop && forward_death(f, to);
}

/* The target that is chosen, or the one that is meant. */
static const struct forward_edge *chosen(const struct fix_input *in,
					 const struct forward_node *n, struct err *e)
{
	const struct forward_facts *f = &in->facts->forwarding;
	const char *target = fix_param(in, "target");
	const struct forward_edge *best = NULL;

	for (uint32_t i = n->first; i < n->first + n->n; i++) {
		const struct forward_edge *x = &f->edges[i];
		const struct forward_node *to = &f->nodes[x->to];

		if (target ? !strcmp(to->name, target) : is_meant(in, n, to))
			best = best ? best : x;
	}
	if (!best && target)
		err_set(e, ERR_INPUT, "%s is not forwarded to %.200s", n->name, target);
	else if (!best)
		err_set(e, ERR_INPUT, "%s is forwarded to several addresses: choose the one to take away (target=ADDRESS)",
			n->name);
	return best;
}

static void notes(const struct forward_facts *f, const struct forward_node *n,
		  const struct forward_edge *gone, struct plan *p)
{
	const char *to = f->nodes[gone->to].name;

	plan_note(p, "Mail for %s is no longer forwarded to %s. The forwarder is kept in the history, and undo puts it back.",
		  n->name, to);
	if (n->n > 1)
		plan_note(p, "Its other targets stay: %s.", forward_value(f, n, gone, p->arena));
	else
		plan_note(p, "Without a mailbox of that name, mail for %s then goes to the domain's default address.",
			  n->name);
	if (n->loop)
		plan_note(p, "Any one forwarder of the circle breaks it. If another one is the mistake, take that one away in cPanel instead.");
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct facts *f = in->facts;
	const struct forward_node *n = forward_named(&f->forwarding, in->finding->subject);
	const struct forward_edge *gone;
	const char *why;

	for (size_t i = 0; i < in->nparams; i++)
		if (strcmp(in->params[i].name, "target"))
			return err_set(e, ERR_INPUT, "hold_forwarder takes target=ADDRESS, not %.40s",
				       in->params[i].name);
	if (!n)
		return err_set(e, ERR_STALE, "%s is not forwarded any more", in->finding->subject);
	why = n->is_default ? "it is a default address" : forward_obstacle(f, n, p->arena);
	if (why)
		return err_set(e, ERR_DENIED, "the forwarder of %s stays: %s", n->name, why);
	gone = chosen(in, n, e);
	if (!gone)
		return -1;
	plan_op(p, "set_forwarder", n->name, forward_value(&f->forwarding, n, NULL, p->arena),
		forward_value(&f->forwarding, n, gone, p->arena));
	notes(&f->forwarding, n, gone, p);
	return 0;
}

const struct fix fix_hold_forwarder = {
	.id = "hold_forwarder",
	.title = "Take the forwarder away",
	.risk = "Whoever got mail by this forwarder gets none of it any more; mail that is under way is not touched.",
	.params = "target=ADDRESS",
	.plan = plan,
};
