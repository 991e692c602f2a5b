#include <stdlib.h>
#include <string.h>

#include "core/log_facts.h"

int log_network_order(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->family == 4 ? 3 : 8);
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
