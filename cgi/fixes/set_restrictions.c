#include <string.h>

#include "mail/csf_plan.h"
#include "mail/restrictions.h"

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	static const char *const takes[] = { "fix", NULL };
	const char *now = restrictions_text(in->facts);
	bool csf = csf_is_active(in->facts);
	const char *off = csf ? "WHM off, CSF off" : "WHM off, CSF absent";

	if (plan_takes(in, takes, "no settings", e) || (csf && csf_plan_begin(in, e)))
		return -1;
	if (!strcmp(now, off))
		return err_set(e, ERR_DENIED,
			       "neither WHM nor CSF restricts the sites; who made the rule must take it away");
	plan_op(p, "lift_restrictions", "server", now, off);
	plan_note(p, "Every program of every account may connect to every mail server then. Where only one account must, exempt that one alone.");
	plan_note(p, "One hacked site is enough: it sends spam past Exim, unseen by its log and its limits, under this server's address. That ends on blocklists, and from then on the mail of all accounts is refused elsewhere, for days or weeks.");
	if (csf)
		csf_plan_end(in, p);
	p->confirm = in->finding->subject;
	p->confirm_why = "This costs every account its protection against the others. Type the server's name if that is what you want.";
	return 0;
}

const struct fix fix_set_restrictions = {
	.id = "set_restrictions",
	.title = "Turn the restrictions off for everybody",
	.risk = "A single hacked site can put this server on blocklists, and with it the mail of all accounts.",
	.params = "",
	.plan = plan,
};
