#include <string.h>

#include "mail/csf_plan.h"
#include "mail/restrictions.h"

static int turn_off(const struct fix_input *in, struct plan *p, struct err *e)
{
	const char *now = restrictions_text(in->facts);
	bool csf = csf_is_active(in->facts);
	const char *off = csf ? "WHM off, CSF off" : "WHM off, CSF absent";

	if (!strcmp(now, off))
		return err_set(e, ERR_DENIED,
			       "neither WHM nor CSF restricts the sites; who made the rule must take it away");
	plan_op(p, "lift_restrictions", "server", now, off);
	plan_note(p, "Every program of every account may connect to every mail server then. Where only one account must, exempt that one alone.");
	plan_note(p, "One hacked site is enough: it sends spam past Exim, unseen by its log and its limits, under this server's address. That ends on blocklists, and from then on the mail of all accounts is refused elsewhere, for days or weeks.");
	p->confirm = in->finding->subject;
	p->confirm_why = "This costs every account its protection against the others. Type the server's name if that is what you want.";
	return 0;
}

static int turn_on(const struct fix_input *in, struct plan *p, struct err *e)
{
	const char *on = restrictions_to_turn_on(in->facts);
	struct restricted now;

	restricted_look(in->facts, p->arena, &now);
	if (!on || now.blocked[0] || now.blocked[1] || now.redirected[0] || now.redirected[1])
		return err_set(e, ERR_DENIED,
			       "the restrictions cannot be turned on from where they are (%s): something restricts the sites already, or what WHM or CSF has set could not be read. The findings about them say more",
			       restrictions_text(in->facts));
	plan_op(p, "set_restrictions", "server", restrictions_text(in->facts), on);
	if (csf_is_active(in->facts))
		plan_note(p, "CSF's SMTP_BLOCK restricts the sites from then on: only Exim, mailman, root and the users in SMTP_ALLOWUSER (%s) connect to other mail servers. All others are refused (“connection refused”).",
			  *in->facts->blocking.csf.allow_users ? in->facts->blocking.csf.allow_users : "nobody");
	else
		plan_note(p, "WHM's SMTP Restrictions are turned on: only Exim, mailman and root connect to other mail servers from then on, and every other program's connection is led back to this server. WHM knows no exempt accounts. The rules from before go back after 60 seconds by themselves if nobody is left to look at the result.");
	plan_note(p, "Whoever sends by an outside provider from a site here, as is possible now, will ask. Sites should send through this server (localhost, or sendmail).");
	p->confirm = "on";
	p->confirm_why = "Sites' programs may lose their way to other mail servers. Type on to show that you have read the notes.";
	return 0;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	static const char *const takes[] = { "fix", "value", NULL };
	const char *value = fix_param(in, "value");
	bool on = value && !strcmp(value, "on"), csf = csf_is_active(in->facts);

	if (plan_takes(in, takes, "value=on or value=off", e))
		return -1;
	if (value && !on && strcmp(value, "off"))
		return err_set(e, ERR_INPUT, "the value is on or off, not '%.40s'", value);
	if ((csf && csf_plan_begin(in, e)) || (on ? turn_on : turn_off)(in, p, e))
		return -1;
	if (csf)
		csf_plan_end(in, p);
	return 0;
}

const struct fix fix_set_restrictions = {
	.id = "set_restrictions",
	.title = "Turn the restrictions on or off for everybody",
	.risk = "On: a site that sends by an outside provider is held up. Off: a single hacked site can put this server on blocklists, and with it the mail of all accounts.",
	.params = "",
	.unasked = true,
	.plan = plan,
};
