#ifndef SOURCES_HOST_LOOKUP_H
#define SOURCES_HOST_LOOKUP_H

#include "sources/world.h"

/*
 * The addresses of a few hosts that no MX record names: A and AAAA of each, into
 * hosts[i], whose name is set and a host name; `ours` by f->own. With `reverse`
 * (or NULL) the PTR record of the first own address of hosts[0] as well. All at
 * once, in a. Hosts stay DNS_UNASKED where this world has no DNS.
 */
void host_lookup(struct world *w, const struct facts *f, struct arena *a,
		 struct mx_host *const *hosts, size_t n,
		 struct reverse_name *reverse);

/* "10.2.0.192.in-addr.arpa" (RFC 1035, 3.5; RFC 3596, 2.5). */
#define REVERSE_TEXT_MAX 80
char *reverse_text(char out[REVERSE_TEXT_MAX], const struct ip *ip);

#endif
