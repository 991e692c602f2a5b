#include <string.h>

#include "mail/csf_plan.h"
#include "mail/restrictions.h"
#include "mail/ways_in.h"

int csf_plan_begin(const struct fix_input *in, struct err *e)
{
	uint16_t port;

	if (!csf_is_active(in->facts))
		return err_set(e, ERR_DENIED,
			       "CSF does not run on this server, so its csf.conf decides nothing: change the rule that the finding names where it was made");
	port = ways_in_csf_closes(in->facts);
	if (port)
		return err_set(e, ERR_DENIED,
			       "the restart of CSF that this takes would shut everybody out of port %u: it is open now, but csf.conf does not list it in TCP_IN (or TCP6_IN). Correct csf.conf first",
			       port);
	port = in->from ? ways_in_csf_closes_to(in->facts, in->from) : 0;
	if (port)
		return err_set(e, ERR_DENIED,
			       "the restart of CSF that this takes would shut you out yourself: from the address you sit at, port %u is open now, and would not be by csf.conf, csf.deny and csf.allow. Put your address into csf.allow first",
			       port);
	return 0;
}

void csf_plan_end(const struct fix_input *in, struct plan *p)
{
	plan_note(p, "CSF is restarted (csf -r): all rules are made anew, and whatever else was edited in csf.conf since its last start comes into force, too. Connections that are open stay open.");
	if (whm_restricts(in->facts))
		plan_note(p, "The restart also flushes the rules of WHM's own SMTP Restrictions, which are on. They are made anew right after it.");
	else
		plan_note(p, "Rules that others have put into the packet filter by hand are gone after the restart.");
	if (in->facts->blocking.csf.testing)
		plan_note(p, "CSF is in TESTING mode: it takes all its rules away again after some minutes, this one as well.");
	plan_note(p, "The rules from before are saved first. Unless this server is seen to answer on SSH, WHM and its mail ports as it does now, file and rules go back at once; and if nobody is left to look, after 60 seconds by themselves.");
}

int plan_takes(const struct fix_input *in, const char *const *names, const char *what,
	       struct err *e)
{
	for (size_t i = 0; i < in->nparams; i++) {
		size_t j = 0;

		while (names[j] && strcmp(names[j], in->params[i].name))
			j++;
		if (!names[j])
			return err_set(e, ERR_INPUT, "this takes %s, not %.40s", what,
				       in->params[i].name);
	}
	return 0;
}
