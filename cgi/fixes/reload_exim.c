#include "core/fix.h"
#include "mail/exim_daemon.h"
#include "mail/when.h"

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct facts *f = in->facts;
	char when[WHEN_MAX];

	if (in->nparams)
		return err_set(e, ERR_INPUT, "reload_exim takes no settings, not %.40s",
			       in->params[0].name);
	if (exim_daemon_judge(&f->daemon, f->now) != EXIM_CONFIG_UNREAD)
		return err_set(e, ERR_STALE, "Exim is not seen to work by an older configuration any more");
	plan_op(p, "reload_exim", "server", "old", "new");
	plan_note(p, "Exim is restarted through WHM. From then on %s counts as it was written on %s: see that this change of it was meant.",
		  f->exim.config_file, when_text(when, f->daemon.changed));
	plan_note(p, "Connections that are open go on; new ones wait for a moment. What was taken stays in the queue.");
	plan_note(p, "There is nothing to undo: a restart puts no earlier configuration back.");
	return 0;
}

const struct fix fix_reload_exim = {
	.id = "reload_exim",
	.title = "Let Exim read its configuration",
	.risk = "Mail is taken and refused by the configuration on disk from then on; a restart cannot be undone.",
	.params = "",
	.plan = plan,
};
