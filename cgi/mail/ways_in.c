#include <string.h>

#include "mail/filter_view.h"
#include "mail/packet_walk.h"
#include "mail/ways_in.h"

static uint16_t ssh_port(const struct facts *f)
{
	for (size_t i = 0; i < f->ports.nlisteners; i++) {
		const struct listener *l = &f->ports.listeners[i];

		if (l->program && !strcmp(l->program, "sshd"))
			return (uint16_t)l->port;
	}
	return 22;
}

#define NPORTS 5

static void ports_of(const struct facts *f, uint16_t out[NPORTS])
{
	const uint16_t ports[NPORTS] = { ssh_port(f), 2087, 25, 465, 587 };

	memcpy(out, ports, sizeof(ports));
}

static void from_one(const struct facts *f, const struct ip *from, uint16_t port,
		     struct fw_answer *out)
{
	const struct fw_packet p = { .src = *from, .dport = port };

	packet_walk(&f->blocking.rules, &p, out);
}

size_t ways_in(const struct facts *f, const struct ip *from,
	       struct way_in out[WAYS_IN_MAX])
{
	uint16_t ports[NPORTS];
	struct fw_answer x;
	size_t n = 0;

	ports_of(f, ports);
	for (size_t i = 0; i < NPORTS; i++) {
		for (int family = 4; family <= 6; family += 2) {
			if (!server_has_family(f, family))
				continue;
			filter_in(f, family, ports[i], &x);
			out[n++] = (struct way_in){ ports[i], family, false, x.verdict };
		}
		if (!from || ip_is_private(from))
			continue;
		from_one(f, from, ports[i], &x);
		out[n++] = (struct way_in){ ports[i], from->family, true, x.verdict };
	}
	return n;
}

static bool lists(const struct facts *f, const struct ip *from, enum ban_list a,
		  enum ban_list b)
{
	const struct ban *found[16];
	size_t n = bans_of(&f->blocking.bans, from, found, 16);

	for (size_t i = 0; i < n; i++)
		if ((found[i]->list == a || found[i]->list == b) && !found[i]->out &&
		    !found[i]->ports.n)
			return true;
	return false;
}

/* SSH and WHM: how whoever is cut off would come back. */
uint16_t ways_in_csf_closes_to(const struct facts *f, const struct ip *from)
{
	const struct port_list *l = &f->blocking.csf.ports[
		from->family == 4 ? CSF_TCP_IN : CSF_TCP6_IN];
	const uint16_t ports[] = { 2087, ssh_port(f) };
	struct fw_answer x;

	if (!csf_is_active(f) || ip_is_private(from) ||
	    (from->family == 6 && !f->blocking.csf.ipv6) ||
	    lists(f, from, BAN_CSF_ALLOW, BAN_CSF_TEMPALLOW))
		return 0;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		from_one(f, from, ports[i], &x);
		if (x.verdict == FW_V_ACCEPTED &&
		    (lists(f, from, BAN_CSF_DENY, BAN_CSF_TEMPBAN) ||
		     (l->known && !port_listed(l, ports[i]))))
			return ports[i];
	}
	return 0;
}

uint16_t ways_in_csf_closes(const struct facts *f)
{
	struct way_in ways[WAYS_IN_MAX];
	size_t n = csf_is_active(f) ? ways_in(f, NULL, ways) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct port_list *l = &f->blocking.csf.ports[
			ways[i].family == 4 ? CSF_TCP_IN : CSF_TCP6_IN];

		if (ways[i].verdict == FW_V_ACCEPTED && l->known &&
		    (ways[i].family == 4 || f->blocking.csf.ipv6) &&
		    !port_listed(l, ways[i].port))
			return ways[i].port;
	}
	return 0;
}
