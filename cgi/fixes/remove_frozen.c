#include <string.h>

#include "core/fix.h"

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct queue_facts *q = &in->facts->queue;
	const char *id = in->finding->subject;
	const struct frozen_bounce *b = NULL;

	if (in->nparams)
		return err_set(e, ERR_INPUT, "remove_frozen takes no settings, not %.40s",
			       in->params[0].name);
	for (size_t i = 0; i < q->n && !b; i++)
		if (!strcmp(q->bounces[i].id, id))
			b = &q->bounces[i];
	if (!b)
		return err_set(e, ERR_STALE, "no message %s is frozen in the queue any more", id);
	plan_op(p, "remove_frozen", id, b->state, "removed");
	plan_note(p, "Only this one message goes: a bounce from <> to %s, which Exim has given up returning. Nothing else in the queue is touched, and there is no button for all of it.",
		  b->to);
	plan_note(p, "Its two files are kept first. Undo puts them back as they were, and the message is frozen in the queue again; its lines in the log stay as they are.");
	plan_note(p, "As long as the mail goes in circles, there will be more of them: look at the findings about forwarders first.");
	return 0;
}

const struct fix fix_remove_frozen = {
	.id = "remove_frozen",
	.title = "Remove this bounce from the queue",
	.risk = "Whoever the bounce was for will not learn of the failure by it; undo puts it back.",
	.params = "",
	.plan = plan,
};
