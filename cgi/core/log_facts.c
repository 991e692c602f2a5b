#include <stdlib.h>
#include <string.h>

#include "core/log_facts.h"

int log_network_order(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->family == 4 ? 3 : 8);
}

struct ip log_network(const struct ip *ip)
{
	struct ip net = *ip;
	size_t n = ip->family == 4 ? 3 : 8;

	memset(net.bytes + n, 0, sizeof(net.bytes) - n);
	return net;
}

static int by_network(const void *a, const void *b)
{
	return log_network_order(&((const struct log_login *)a)->ip,
				 &((const struct log_login *)b)->ip);
}

void log_logins_sort(struct log_login *logins, size_t n)
{
	if (n)
		qsort(logins, n, sizeof(*logins), by_network);
}

static int to_login(const void *ip, const void *login)
{
	return log_network_order(ip, &((const struct log_login *)login)->ip);
}

const struct log_login *log_login_near(const struct log_facts *f, const struct ip *ip)
{
	return f->nlogins && ip->family ?
		bsearch(ip, f->logins, f->nlogins, sizeof(*f->logins), to_login) : NULL;
}
