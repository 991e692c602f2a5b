#include <string.h>

#include "core/fix.h"

static const struct relay_net *net_of_subject(const struct facts *f, const char *subject)
{
	const char *colon = strchr(subject, ':');

	for (size_t i = 0; colon && i < f->relay.n; i++) {
		const struct relay_net *x = &f->relay.nets[i];
		const char *file = strrchr(x->path, '/') + 1;

		if (strlen(file) == (size_t)(colon - subject) &&
		    !strncmp(file, subject, (size_t)(colon - subject)) &&
		    !strcmp(x->text, colon + 1))
			return x;
	}
	return NULL;
}

static int check(const struct relay_net *x, const char *subject, struct err *e)
{
	if (!x)
		return err_set(e, ERR_STALE, "%s is not found any more", subject);
	if (x->proof != RELAY_GRANTS)
		return err_set(e, ERR_DENIED, "Exim is not seen to relay by %s, so nothing is changed", subject);
	if (!x->line_text)
		return err_set(e, ERR_DENIED, "line %u of %s could not be put back as it is; change it by hand",
			       x->line, x->path);
	return x->again ? err_set(e, ERR_DENIED, "%s stands in %s more than once; change it by hand",
				  x->text, x->path) : 0;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const char *subject = in->finding->subject;
	const struct relay_net *x = net_of_subject(in->facts, subject);

	if (in->nparams)
		return err_set(e, ERR_INPUT, "untrust_address takes no settings, not %.40s",
			       in->params[0].name);
	if (check(x, subject, e))
		return -1;
	plan_op(p, "set_relay_net", subject, arena_printf(p->arena, "%u:%s", x->line, x->line_text),
		"absent");
	plan_note(p, "Line %u of %s is taken out, and every other byte of the file stays. It counts for the next connection; Exim is not restarted.",
		  x->line, x->path);
	plan_note(p, "Whoever sends through this server from %s without a login is refused from then on: devices and other servers, too. exim_mainlog shows arrivals from there without A=.",
		  x->text);
	return 0;
}

const struct fix fix_untrust_address = {
	.id = "untrust_address",
	.title = "Take the line out of the list",
	.risk = "Devices at the address, or in the network, that send without a login are refused until they log in.",
	.params = "",
	.plan = plan,
};
