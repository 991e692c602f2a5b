#include <string.h>

#include "core/check.h"
#include "core/fix.h"
#include "mail/forward_circle.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"

#define CHOICES_TOLD 8

static bool is_outside(const struct fix_input *in)
{
	return !strcmp(in->finding->check->id, "forward_loop_outside");
}

/* Mail for it was seen to come back from there, or it is the line's only way out. */
static bool comes_back(const struct forward_facts *f, const struct forward_node *n,
		       const struct forward_node *to)
{
	unsigned out = 0, back = 0;
	bool its = false;

	for (uint32_t k = n->first; k < n->first + n->n; k++) {
		const struct forward_node *x = &f->nodes[f->edges[k].to];
		bool returned = false;

		if (x->here)
			continue;
		for (size_t i = 0; i < f->nreturns && !returned; i++)
			returned = !strcmp(f->returns[i].to, x->name);
		out++;
		back += returned;
		its |= returned && x == to;
	}
	return !to->here && (its ? back == 1 : out == 1);
}

/* The finding speaks of this target: it is the only one, or the one that closes the
 * circle, or the one that cannot take mail. */
static bool is_meant(const struct fix_input *in, const struct forward_node *n,
		     const struct forward_node *to)
{
	const struct facts *f = in->facts;

	if (is_outside(in))
		return n->far ? to->far == n->far && to != n :
			comes_back(&f->forwarding, n, to);
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

/* What becomes of mail for a name of the domain that has neither a line nor a mailbox. */
static const char *otherwise(const struct forward_facts *f, const char *domain, struct arena *a)
{
	const struct forward_node *rest = forward_named(f, arena_printf(a, "*@%s", domain));

	for (size_t i = 0; i < f->ndomains; i++)
		if (*f->domains[i].target && !strcmp(f->domains[i].domain, domain))
			return arena_printf(a, "goes to the same name at %s, to which the domain is forwarded",
					    f->domains[i].target);
	if (!rest || !rest->n)
		return "is returned to its sender: the domain has no default address";
	return f->edges[rest->first].kind == FORWARD_REFUSE ?
		"is refused, as for any unknown name of the domain" :
		arena_printf(a, "goes to the domain's default address (%s)",
			     forward_value(f, rest, NULL, a));
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
		plan_note(p, "Without a mailbox of that name, mail for %s then %s.", n->name,
			  otherwise(f, n->domain, p->arena));
}

/* ---- the other forwarders of the circle ------------------------------------ */

/* Of another domain too: its owner is looked for once it is chosen. */
static const char *obstacle(const struct fix_input *in, const struct forward_node *n,
			    struct arena *a)
{
	return facts_domain(in->facts, n->domain) ? forward_obstacle(in->facts, n, a) :
		forward_odd_line(&in->facts->forwarding, n, a);
}

static void say_choice(const struct fix_input *in, const struct circle_line *x,
		       const char *loss, struct plan *p)
{
	const char *to = in->facts->forwarding.nodes[x->to->to].name;
	const char *why = obstacle(in, x->from, p->arena);

	if (why) {
		plan_note(p, "%s, forwarded to %s, is not to be had from here: %s.", x->from->name,
			  to, why);
		return;
	}
	plan_note(p, "If %s is the mistake, choose it instead, and it is no longer forwarded to %s (forwarder=%s): %s.",
		  x->from->name, to, x->from->name, loss);
	plan_choice(p, "forwarder", x->from->name);
}

/* The less is lost, the earlier told. */
static void say_choices(const struct fix_input *in, const struct circle_line *circle,
			size_t n, const struct forward_node *taken, struct plan *p)
{
	const struct forward_facts *f = &in->facts->forwarding;
	size_t told = 0, loss, of;

	if (taken && n > 1)
		plan_note(p, "Any one forwarder of the circle breaks it. For %s: %s.",
			  taken->name, forward_loss(f, taken, &loss));
	for (loss = 0; loss < FORWARD_LOSSES; loss++)
		for (size_t i = 0; i < n && told < CHOICES_TOLD; i++) {
			const char *says = forward_loss(f, circle[i].from, &of);

			if (circle[i].from == taken || of != loss)
				continue;
			told++;
			say_choice(in, &circle[i], says, p);
		}
}

/* Another one than the finding proposes: of the circle as it is now. */
static int take_other(const struct fix_input *in, const struct circle_line *circle, size_t n,
		      const struct forward_node **node, const struct forward_edge **gone,
		      struct err *e)
{
	const char *name = fix_param(in, "forwarder"), *target = fix_param(in, "target");
	const struct forward_facts *f = &in->facts->forwarding;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(circle[i].from->name, name))
			continue;
		*node = circle[i].from;
		*gone = circle[i].to;
		if (!target || !strcmp(f->nodes[(*gone)->to].name, target))
			return 0;
		return err_set(e, ERR_INPUT, "what closes the circle is that %s is forwarded to %s, not to %.200s",
			       name, f->nodes[(*gone)->to].name, target);
	}
	return err_set(e, ERR_INPUT, "%.200s has no forwarder in the circle that %s is found in",
		       name, in->finding->subject);
}

/* ----------------------------------------------------------------------------- */

static int check_params(const struct fix_input *in, struct err *e)
{
	for (size_t i = 0; i < in->nparams; i++)
		if (strcmp(in->params[i].name, "target") && strcmp(in->params[i].name, "forwarder"))
			return err_set(e, ERR_INPUT, "hold_forwarder takes target=ADDRESS and forwarder=ADDRESS, not %.40s",
				       in->params[i].name);
	return 0;
}

static int plan_line(const struct fix_input *in, const struct circle_line *circle,
		     size_t ncircle, const struct forward_node *n,
		     const struct forward_edge *gone, struct plan *p, struct err *e)
{
	const struct forward_facts *f = &in->facts->forwarding;
	const char *why = n->is_default ? "it is a default address" :
		forward_obstacle(in->facts, n, p->arena);

	if (why)
		return err_set(e, ERR_DENIED, "the forwarder of %s stays: %s", n->name, why);
	gone = gone ? gone : chosen(in, n, e);
	if (!gone)
		return -1;
	plan_op(p, "set_forwarder", n->name, forward_value(f, n, NULL, p->arena),
		forward_value(f, n, gone, p->arena));
	notes(f, n, gone, p);
	say_choices(in, circle, ncircle, n, p);
	return 0;
}

/* ---- filters ------------------------------------------------------------------ */

static void say_filter(const struct fix_input *in, struct plan *p)
{
	const char *subject = in->finding->subject;
	int from = (int)strcspn(subject, ">");

	plan_note(p, "The filter “%s” of %.*s is switched off as a whole: whatever else it does ends with it. It stays in cPanel's list, and undo switches it on again as long as it holds the same.",
		  in->filter.name, from, subject);
	if (!memchr(subject, '@', (size_t)from))
		plan_note(p, "It acts on all mail of the account, for its other domains as well.");
	if (in->finding->advice)
		plan_note(p, "%s", in->finding->advice);
}

/* The filter that the subject names, as one that sends from here to there. */
static int plan_filter(const struct fix_input *in, struct plan *p, struct err *e)
{
	const char *state = in->filter.state, *subject = in->finding->subject;
	const struct forward_edge *gone = NULL;
	const struct circle_line *circle;
	const struct forward_node *n = NULL;
	size_t ncircle = forward_filter_circle(&in->facts->forwarding, subject, &circle,
					       p->arena);

	if (fix_param(in, "forwarder"))
		return take_other(in, circle, ncircle, &n, &gone, e) ? -1 :
			plan_line(in, circle, ncircle, n, gone, p, e);
	if (fix_param(in, "target"))
		return err_set(e, ERR_INPUT, "a filter is switched off as a whole: target= is for forwarders");
	if (in->filter.why || !state)
		return err_set(e, ERR_DENIED, "the filter stays: %s",
			       in->filter.why ? in->filter.why : "cPanel was not asked");
	if (strncmp(state, "enabled ", 8))
		return err_set(e, ERR_DENIED, "cPanel says that the filter “%s” is switched off, and Exim's file has it all the same: save it once more in cPanel",
			       in->filter.name);
	plan_op(p, "set_filter", subject, state, arena_printf(p->arena, "disabled %s", state + 8));
	say_filter(in, p);
	say_choices(in, circle, ncircle, NULL, p);
	return 0;
}

/* ----------------------------------------------------------------------------- */

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct facts *f = in->facts;
	const struct forward_node *n = forward_named(&f->forwarding, in->finding->subject);
	const struct forward_edge *gone = NULL;
	const struct circle_line *circle;
	size_t ncircle;

	if (check_params(in, e))
		return -1;
	if (strchr(in->finding->subject, '>'))
		return plan_filter(in, p, e);
	if (!n)
		return err_set(e, ERR_STALE, "%s is not forwarded any more", in->finding->subject);
	ncircle = forward_circle(&f->forwarding, n, is_outside(in), &circle, p->arena);
	if (fix_param(in, "forwarder") && take_other(in, circle, ncircle, &n, &gone, e))
		return -1;
	return plan_line(in, circle, ncircle, n, gone, p, e);
}

const struct fix fix_hold_forwarder = {
	.id = "hold_forwarder",
	.title = "Take the forwarder, or the filter, out of use",
	.risk = "Whoever got mail by it gets none of it any more; mail that is under way is not touched.",
	.params = "target=ADDRESS, forwarder=ADDRESS",
	.plan = plan,
};
