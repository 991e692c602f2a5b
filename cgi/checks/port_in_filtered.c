#include <stdio.h>

#include "core/check.h"
#include "mail/filter_view.h"
#include "mail/firewalld.h"

static const uint16_t mail_ports[] = { 25, 465, 587 };

#define PORTS (sizeof(mail_ports) / sizeof(*mail_ports))

/* Where it is known that nothing listens, the filter hides nothing: that is
 * another check's. */
static bool is_served(const struct facts *f, int family, uint16_t port)
{
	if (f->source[SOURCE_PORTS].state != SOURCE_OK)
		return true;
	for (size_t i = 0; i < f->ports.nown; i++) {
		const struct own_port *o = &f->ports.own[i];

		if (o->port == port && o->family == family && (o->listener || o->maybe))
			return true;
	}
	return false;
}

struct both {
	struct fw_answer answer[2];	/* IPv4, IPv6 */
	bool blocked[2], except;
};

static bool look(const struct facts *f, uint16_t port, struct both *b)
{
	bool any = false;

	*b = (struct both){ .except = true };
	for (int i = 0; i < 2; i++) {
		int family = i ? 6 : 4;

		if (!server_has_family(f, family) || !is_served(f, family, port))
			continue;
		filter_in(f, family, port, &b->answer[i]);
		b->blocked[i] = filter_blocks(&b->answer[i]);
		any |= b->blocked[i];
		b->except &= !b->blocked[i] || b->answer[i].except.chain;
	}
	return any;
}

/* CSF would let it in, were it in its lists. */
static bool csf_closes(const struct facts *f, uint16_t port, const struct both *b)
{
	for (int i = 0; i < 2; i++) {
		const struct port_list *l = &f->blocking.csf.ports[i ? CSF_TCP6_IN : CSF_TCP_IN];

		if (b->blocked[i] && (!l->known || port_listed(l, port) ||
				      (i && !f->blocking.csf.ipv6)))
			return false;
	}
	return csf_is_active(f);
}

static void blocked(const struct check *c, const struct facts *f, struct report *r,
		    uint16_t port, const struct both *b)
{
	const char *of = b->blocked[0] && b->blocked[1] ? "" :
		b->blocked[0] ? " by IPv4" : " by IPv6";
	enum severity sev = b->except ? SEV_INFO : b->blocked[0] && port == 25 ?
		SEV_CRITICAL : SEV_WARNING;
	const char *zone = firewalld_closes(f, port, r->arena);
	struct finding *x;
	char name[8];

	snprintf(name, sizeof(name), "%u", port);
	x = report_add(r, c, sev, SUBJECT_PORT, name, b->except ?
		       "This server's own firewall lets only the addresses that it names connect to port %u%s" :
		       "This server's own firewall lets nobody connect to port %u%s",
		       port, of);
	for (int i = 0; i < 2; i++)
		if (b->blocked[i])
			filter_evidence(r, x, i ? 6 : 4, &b->answer[i]);
	if (zone)
		finding_evidence(r, x, "firewalld", "the zone %s allows neither port %u nor the service %s",
				 zone, port, firewalld_service(port));
	if (zone || (!b->except && csf_closes(f, port, b)))
		return;
	finding_no_fix(r, x, b->except ?
		       "If a mail gateway stands in front of this server, this is right. If not, let everybody in." :
		       firewalld_place(f, &b->answer[!b->blocked[0]].by).is ?
		       "firewalld made this rule, but not for what a zone leaves over: it is a rich rule or a policy, or the zones differ. firewall-cmd --list-all-zones and --list-all-policies show it; change it there." :
		       "Open the port in the firewall that has this rule. With CSF that is TCP_IN and TCP6_IN in csf.conf.");
}

static void unknown(const struct check *c, const struct facts *f, struct report *r)
{
	struct finding *x = NULL;

	for (size_t i = 0; i < 2 * PORTS; i++) {
		int family = i % 2 ? 6 : 4;
		uint16_t port = mail_ports[i / 2];
		struct fw_answer answer;

		if (!server_has_family(f, family) || !is_served(f, family, port))
			continue;
		filter_in(f, family, port, &answer);
		if (answer.verdict != FW_V_UNKNOWN)
			continue;
		if (!x)
			x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER,
				       f->hostname ? f->hostname : "this server",
				       "Whether this server's own firewall lets everybody connect to its mail ports cannot be told");
		finding_evidence(r, x, "port", "%u by IPv%d", port, family);
		filter_evidence(r, x, family, &answer);
	}
	if (x)
		finding_no_fix(r, x, "Look at the rule that is named, or try the port from outside.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < PORTS; i++) {
		struct both b;

		if (look(f, mail_ports[i], &b))
			blocked(c, f, r, mail_ports[i], &b);
	}
	unknown(c, f, r);
}

const struct check check_port_in_filtered = {
	.id = "port_in_filtered", .rule = "B18",
	.title = "The server's own firewall keeps clients from a mail port",
	.why = "Other servers cannot deliver mail here, or customers cannot send theirs, although the mail server is running. Only this server's own rules are seen from here; what stands in front of it is not.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_FIREWALL | SRC_ADDRESSES,
	.run = run,
	.fix = "open_port",
};
