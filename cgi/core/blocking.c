#include <stdlib.h>
#include <string.h>

#include "core/blocking.h"

const char *csf_ports_name(enum csf_ports p)
{
	static const char *const names[] = {
		[CSF_TCP_IN] = "TCP_IN", [CSF_TCP_OUT] = "TCP_OUT",
		[CSF_TCP6_IN] = "TCP6_IN", [CSF_TCP6_OUT] = "TCP6_OUT",
		[CSF_SMTP_PORTS] = "SMTP_PORTS",
	};

	return names[p];
}

bool port_listed(const struct port_list *l, uint16_t port)
{
	for (size_t i = 0; i < l->n; i++)
		if (port >= l->ranges[i].from && port <= l->ranges[i].to)
			return true;
	return false;
}

const char *ban_list_name(enum ban_list l)
{
	static const char *const names[] = {
#define X(id, name, blocks) name,
		BAN_LISTS(X)
#undef X
	};

	return names[l];
}

bool ban_list_blocks(enum ban_list l)
{
	static const bool is[] = {
#define X(id, name, blocks) blocks,
		BAN_LISTS(X)
#undef X
	};

	return is[l];
}

static int by_ip(const struct ip *a, const struct ip *b)
{
	return a->family != b->family ? (int)a->family - (int)b->family :
		memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16);
}

/* The first single ban that is not before ip. */
static size_t first_of(const struct ban_facts *b, const struct ip *ip)
{
	size_t low = 0, high = b->none;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_ip(&b->one[mid].net.from, ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool holds(const struct fw_net *net, const struct ip *ip)
{
	return ip->family == net->from.family && by_ip(ip, &net->from) >= 0 &&
		by_ip(ip, &net->to) <= 0;
}

size_t bans_of(const struct ban_facts *b, const struct ip *ip,
	       const struct ban **out, size_t max)
{
	size_t n = 0;

	for (size_t i = first_of(b, ip); i < b->none && n < max &&
	     ip_equal(&b->one[i].net.from, ip); i++)
		out[n++] = &b->one[i];
	for (size_t i = 0; i < b->nwide && n < max; i++)
		if (holds(&b->wide[i].net, ip))
			out[n++] = &b->wide[i];
	return n;
}

static int by_name(const void *key, const void *user)
{
	return strcmp(key, ((const struct system_user *)user)->name);
}

const struct system_user *blocking_user(const struct blocking_facts *b,
					const char *name)
{
	return b->nusers ? bsearch(name, b->users, b->nusers, sizeof(*b->users),
				   by_name) : NULL;
}
