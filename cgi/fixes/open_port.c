#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "mail/csf_plan.h"
#include "mail/firewalld.h"

static const char *const words[] = { "closed", "open for IPv4", "open for IPv6", "open" };

/* As csf.conf has the port now; NULL: a list is not understood. */
static const char *present(const struct csf_facts *csf, bool in, uint16_t port)
{
	const struct port_list *v4 = &csf->ports[in ? CSF_TCP_IN : CSF_TCP_OUT];
	const struct port_list *v6 = &csf->ports[in ? CSF_TCP6_IN : CSF_TCP6_OUT];

	if (!v4->known || (csf->ipv6 && !v6->known))
		return NULL;
	if (!csf->ipv6)
		return port_listed(v4, port) ? words[3] : words[0];
	return words[port_listed(v4, port) + 2 * port_listed(v6, port)];
}

static void everybody(struct plan *p, uint16_t port)
{
	plan_note(p, "Everybody may connect to port %u of this server then, but for addresses that are banned.", port);
}

/* firewall-cmd touches this one port alone, and nothing else is made anew. */
static void in_firewalld(struct plan *p, const char *zone, uint16_t port)
{
	plan_op(p, "set_firewalld_port", arena_printf(p->arena, "%u in %s", port, zone),
		"closed", "open");
	everybody(p, port);
	plan_note(p, "The port is added to firewalld's zone %s, in the rules that run (firewall-cmd --add-port) and in the permanent configuration. All else that firewalld does stays as it is, and nothing is restarted.", zone);
	plan_note(p, "Unless the port is seen to be open, and this server to answer on SSH, WHM and its mail ports as it does now, it is closed again at once; and if nobody is left to look, after 60 seconds by itself.");
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	static const char *const takes[] = { NULL };
	const struct finding *x = in->finding;
	const struct csf_facts *csf = &in->facts->blocking.csf;
	bool inwards = !strcmp(x->check->id, "port_in_filtered");
	uint16_t port = (uint16_t)strtoul(x->subject, NULL, 10);
	const char *now, *zone = inwards ? firewalld_closes(in->facts, port, p->arena) : NULL;

	if (plan_takes(in, takes, "no settings", e))
		return -1;
	if (zone) {
		in_firewalld(p, zone, port);
		return 0;
	}
	if (csf_plan_begin(in, e))
		return -1;
	now = present(csf, inwards, port);
	if (!now)
		return err_set(e, ERR_DENIED, "the port lists in csf.conf have elements that are not understood; correct them by hand");
	if (!strcmp(now, "open"))
		return err_set(e, ERR_STALE, "csf.conf lists port %u already; another rule closes it, or csf -r was not run since", port);
	plan_op(p, "set_csf_port", arena_printf(p->arena, "%u %s", port, inwards ? "in" : "out"),
		now, "open");
	if (inwards)
		everybody(p, port);
	else
		plan_note(p, "Programs of this server may connect to port %u of other servers then, so far as SMTP_BLOCK and SMTP Restrictions let them.", port);
	csf_plan_end(in, p);
	return 0;
}

const struct fix fix_open_port = {
	.id = "open_port",
	.title = "Open the port in the firewall",
	.risk = "Where CSF is the firewall, it makes all its rules anew.",
	.params = "",
	.plan = plan,
};
