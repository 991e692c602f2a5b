#include <string.h>

#include "core/check.h"
#include "core/fix.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"
#include "mail/use_look.h"

#define CHOICES_TOLD 8

static bool is_outside(const struct fix_input *in)
{
	return !strcmp(in->finding->check->id, "forward_loop_outside");
}

/* Another address here on the circle that was found. */
static bool is_beside(const struct fix_input *in, const struct forward_node *found,
		      const struct forward_node *n)
{
	return n->line && n->here && !n->is_default &&
		(is_outside(in) ? found->far && n->far == found->far :
		 found->loop && n->loop == found->loop);
}

/* The finding speaks of this target: it is the only one, or the one that closes the
 * circle, or the one that cannot take mail. */
static bool is_meant(const struct fix_input *in, const struct forward_node *n,
		     const struct forward_node *to)
{
	const struct facts *f = in->facts;

	if (is_outside(in))
		return n->far ? to->far == n->far && to != n : !to->here;
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
}

/* What is lost when another forwarder of the circle goes: the less, the earlier told. */
static const char *const losses[] = {
	"its other targets still get the mail",
	"the log has no mail that went by it",
	"mail went by it lately, and it has no other target",
	"it has no other target",
};

static size_t loss_of(const struct forward_facts *f, const struct forward_node *n)
{
	if (n->n > 1)
		return 0;
	if (!f->uses_from)
		return 3;
	return forward_used(f, n) ? 2 : 1;
}

static void say_choices(const struct fix_input *in, const struct forward_node *taken,
			struct plan *p)
{
	const struct forward_facts *f = &in->facts->forwarding;
	size_t told = 0;

	for (size_t loss = 0; loss < sizeof(losses) / sizeof(*losses); loss++)
		for (size_t i = 0; i < f->nnodes && told < CHOICES_TOLD; i++) {
			const struct forward_node *n = &f->nodes[i];

			if (n == taken || !is_beside(in, taken, n) || loss_of(f, n) != loss ||
			    forward_obstacle(in->facts, n, p->arena))
				continue;
			if (!told++)
				plan_note(p, "Any one forwarder of the circle breaks it. For %s: %s.",
					  taken->name, losses[loss_of(f, taken)]);
			plan_note(p, "If %s is the mistake, take its forwarder away in cPanel instead: %s.",
				  n->name, losses[loss]);
		}
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
	say_choices(in, n, p);
	return 0;
}

const struct fix fix_hold_forwarder = {
	.id = "hold_forwarder",
	.title = "Take the forwarder away",
	.risk = "Whoever got mail by this forwarder gets none of it any more; mail that is under way is not touched.",
	.params = "target=ADDRESS",
	.plan = plan,
};
