#include <stdio.h>
#include <string.h>

#include "core/fix.h"
#include "mail/port_verdict.h"

static const struct own_port *port_of(const struct fix_input *in)
{
	const struct port_facts *p = &in->facts->ports;
	char name[32];

	for (size_t i = 0; i < p->nown; i++) {
		snprintf(name, sizeof(name), "%u/IPv%d", p->own[i].port, p->own[i].family);
		if (!strcmp(name, in->finding->subject))
			return &p->own[i];
	}
	return NULL;
}

static bool exim_listens(const struct port_facts *p)
{
	for (size_t i = 0; i < p->nown; i++)
		if (p->own[i].listener && p->own[i].talk.state == TALK_ANSWERS)
			return true;
	return false;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct own_port *o = port_of(in);

	if (in->nparams)
		return err_set(e, ERR_INPUT, "enable_listener takes no settings, not %.40s",
			       in->params[0].name);
	if (!o || !o->wanted || in_judge(&in->facts->ports, o).verdict != IN_NOTHING_LISTENS)
		return err_set(e, ERR_DENIED, "a restart helps where nothing listens on a port that Exim is to serve; %s is not such a one",
			       in->finding->subject);
	plan_op(p, "start_listener", in->finding->subject, "not listening", "listening");
	plan_note(p, "%s asks for port %u. WHM restarts Exim, which then serves every port that its configuration names; a conversation with the port proves it.",
		  o->wanted->from, o->port);
	if (exim_listens(&in->facts->ports))
		plan_note(p, "Exim is running now and serves other ports: it has not read what its configuration says since it was started.");
	else
		plan_note(p, "No port of Exim's answers now. Should it stop again, /var/log/exim_paniclog says why.");
	plan_note(p, "Not undoable: a restart leaves nothing to put back.");
	return 0;
}

const struct fix fix_enable_listener = {
	.id = "enable_listener",
	.title = "Restart Exim, so that it serves the port",
	.risk = "For a few seconds no mail is taken; other servers try again by themselves. Deliveries that are at work go on.",
	.params = "",
	.safe = true,
	.plan = plan,
};
