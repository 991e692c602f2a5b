#include "mail/csf_plan.h"
#include "mail/restrictions.h"

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	static const char *const takes[] = { NULL };

	if (plan_takes(in, takes, "no settings", e))
		return -1;
	if (csf_is_active(in->facts))
		return err_set(e, ERR_DENIED,
			       "CSF runs here and would take WHM's rules away again: let CSF alone restrict the sites (smtp_restrictions_two_owners)");
	plan_op(p, "set_restrictions", "server", restrictions_text(in->facts), "WHM on, CSF absent");
	plan_note(p, "WHM turns its SMTP Restrictions off and on again, which makes their rules anew. Only Exim, mailman and root connect to other mail servers from then on; every site's connection is led back to this server.");
	plan_note(p, "Sites that send by an outside provider, as they can now, will complain of a wrong certificate or password. WHM's restrictions know no exempt accounts.");
	plan_note(p, "All other rules of the packet filter stay. The rules from before are saved first, and go back after 60 seconds by themselves if nobody is left to look at the result.");
	return 0;
}

const struct fix fix_repair_restrictions = {
	.id = "repair_restrictions",
	.title = "Make the rules of WHM's SMTP Restrictions anew",
	.risk = "Sites that connect to other mail servers by themselves are led back to this one again.",
	.params = "",
	.plan = plan,
};
