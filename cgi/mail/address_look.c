#include "mail/address_look.h"
#include "mail/filter_view.h"
#include "mail/packet_walk.h"

static const uint16_t ports[ADDRESS_PORTS] = { 25, 465, 587, 110, 143, 993, 995 };

static void ask_ports(const struct facts *f, struct address_look *l)
{
	for (size_t i = 0; i < ADDRESS_PORTS; i++) {
		const struct fw_packet p = { .src = l->ip, .dport = ports[i],
			.loopback = ip_is_loopback(&l->ip) };

		l->port[i].port = ports[i];
		if (l->rules_known)
			packet_walk(&f->blocking.rules, &p, &l->port[i].answer);
	}
}

/* Of the three ports that mail comes in by. */
static bool any_port(const struct address_look *l, bool (*is)(const struct fw_answer *))
{
	for (size_t i = 0; l->rules_known && i < 3; i++)
		if (is(&l->port[i].answer))
			return true;
	return false;
}

static bool is_unknown(const struct fw_answer *x)
{
	return x->verdict == FW_V_UNKNOWN;
}

static const char *unread_list(const struct facts *f, struct arena *a)
{
	for (int i = 0; i < NBAN_LISTS; i++) {
		const struct ban_source *s = &f->blocking.bans.source[i];

		if (s->asked && s->why)
			return arena_printf(a, "%s: %s", ban_list_name((enum ban_list)i), s->why);
	}
	return NULL;
}

/* Where the rules do not tell whom a country's list holds, nobody does. */
static const char *by_country(const struct facts *f, const struct address_look *l,
			      struct arena *a)
{
	const struct csf_facts *c = &f->blocking.csf;

	if (!csf_is_active(f) || (l->rules_known && !any_port(l, is_unknown)))
		return NULL;
	if (c->cc_deny && *c->cc_deny)
		return arena_printf(a, "CSF keeps out the countries %s (CC_DENY), and which addresses those are is not known here",
				    c->cc_deny);
	if (c->cc_allow_filter && *c->cc_allow_filter)
		return arena_printf(a, "CSF lets in the countries %s alone (CC_ALLOW_FILTER), and which addresses those are is not known here",
				    c->cc_allow_filter);
	return NULL;
}

/* CSF makes rules of its lists when it starts, and lfd when it adds to them. */
static bool not_in_force(const struct address_look *l)
{
	const struct ban *by = l->bans.blocks;

	return l->rules_known && !by->out && !by->ports.n &&
		(by->list == BAN_CSF_DENY || by->list == BAN_CSF_TEMPBAN) &&
		l->port[0].answer.verdict == FW_V_ACCEPTED;
}

static void settle(const struct facts *f, struct arena *a, struct address_look *l)
{
	const char *unread = unread_list(f, a), *country = by_country(f, l, a);

	l->state = ADDRESS_BLOCKED;
	if (l->bans.blocks)
		l->why = arena_printf(a, "%s holds it%s", ban_list_name(l->bans.blocks->list),
				      not_in_force(l) ? ", though the rules in force let it in to port 25: CSF has not made them of this entry" : "");
	else if (any_port(l, filter_blocks))
		l->why = "a rule of the firewall keeps it from a mail port";
	else
		l->state = ADDRESS_UNKNOWN;
	if (l->state == ADDRESS_BLOCKED)
		return;
	if (f->source[SOURCE_FIREWALL].state == SOURCE_FAILED)
		l->why = f->source[SOURCE_FIREWALL].why;
	else if (country)
		l->why = country;
	else if (any_port(l, is_unknown))
		l->why = "a rule of the firewall might match it";
	else if (unread)
		l->why = unread;
	else {
		l->state = ADDRESS_FREE;
		l->why = l->rules_known ? "no list that counts holds it, and the firewall lets it in" :
			"no list that counts holds it; the firewall's rules were not looked at";
	}
}

void address_judge(const struct facts *f, const struct ip *ip, struct arena *a,
		   struct address_look *out)
{
	*out = (struct address_look){ .ip = *ip };
	out->own = facts_own_address(f, ip);
	out->rules_known = f->source[SOURCE_FIREWALL].state == SOURCE_OK;
	for (size_t i = 0; i < f->blocking.nclients; i++)
		if (ip_equal(&f->blocking.clients[i].ip, ip))
			out->client = &f->blocking.clients[i];
	ban_judge(f, ip, &out->bans);
	ask_ports(f, out);
	settle(f, a, out);
}
