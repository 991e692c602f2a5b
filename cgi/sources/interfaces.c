#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "sources/interfaces.h"

static struct ip of_sockaddr(const struct sockaddr *sa)
{
	if (sa && sa->sa_family == AF_INET)
		return ip_of_bytes(4, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
	if (sa && sa->sa_family == AF_INET6)
		return ip_of_bytes(6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
	return (struct ip){ .family = 0 };
}

int interfaces_list(struct arena *a, struct ip **out, size_t *n, struct err *e)
{
	struct ifaddrs *all;
	size_t cap = 0;

	*n = 0;
	*out = NULL;
	if (getifaddrs(&all))
		return err_set(e, ERR_UNAVAILABLE,
			       "the interfaces' addresses cannot be listed");
	for (struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct ip ip = of_sockaddr(i->ifa_addr);

		if (!ip.family)
			continue;
		*out = arena_grow(a, *out, *n, &cap, sizeof(**out));
		(*out)[(*n)++] = ip;
	}
	freeifaddrs(all);
	return 0;
}
