#include <string.h>

#include "mail/csf_plan.h"
#include "mail/restrictions.h"

static int check_owner(const struct fix_input *in, struct err *e)
{
	static const char *const takes[] = { "owner", NULL };
	const char *owner = fix_param(in, "owner");

	if (plan_takes(in, takes, "owner=csf", e))
		return -1;
	if (!owner || !strcmp(owner, "csf"))
		return 0;
	if (!strcmp(owner, "whm"))
		return err_set(e, ERR_DENIED,
			       "WHM cannot be the owner while CSF runs: every restart of CSF takes WHM's rules away, and nobody notices. Switch CSF off first (csf -x), if WHM is to have them");
	return err_set(e, ERR_INPUT, "the owner is csf, not '%.40s'", owner);
}

/* Somebody gets out now who would not then. */
static bool note_sites(const struct fix_input *in, struct plan *p)
{
	struct restricted now;

	restricted_look(in->facts, p->arena, &now);
	if (in->facts->blocking.csf.smtp_block)
		return false;
	if (now.free[0] || now.free[1])
		plan_note(p, "Sites get out now, whatever the two settings say. From then on CSF refuses their programs' connections to other mail servers: whoever sends by an outside provider will ask. Exempt such an account alone.");
	else
		plan_note(p, "Sites whose connections are led back to this server now are refused by CSF then (“connection refused”).");
	return true;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	if (check_owner(in, e) || csf_plan_begin(in, e))
		return -1;
	plan_op(p, "set_restrictions", "server", restrictions_text(in->facts), "WHM off, CSF on");
	plan_note(p, "WHM's SMTP Restrictions are turned off in WHM, and CSF's SMTP_BLOCK is what restricts the sites from then on: Exim, mailman and root stay free, and the users in SMTP_ALLOWUSER (%s).",
		  *in->facts->blocking.csf.allow_users ? in->facts->blocking.csf.allow_users : "nobody");
	if (note_sites(in, p)) {
		p->confirm = "csf";
		p->confirm_why = "Sites' programs may lose their way to other mail servers. Type csf to show that you have read the notes.";
	}
	csf_plan_end(in, p);
	return 0;
}

const struct fix fix_one_restriction_owner = {
	.id = "one_restriction_owner",
	.title = "Let CSF alone restrict the sites",
	.risk = "Sites that get past one of the two now may be held up by the other.",
	.params = "owner=csf",
	.plan = plan,
};
