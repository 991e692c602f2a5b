#ifndef SOURCES_DNS_CLIENT_H
#define SOURCES_DNS_CLIENT_H

#include "sources/world.h"

/*
 * Asks a recursive resolver over c-ares: UDP with EDNS, TCP where an answer is
 * truncated, no search domains, no hosts file. The name of a question must live
 * until its answer. A question that names its server goes to that one (port 53)
 * with RD=0; each server has a channel of its own for the length of the batch.
 *
 * The status handed to the batch says only whether something answered: DNS_OK
 * with the raw packet, whatever its rcode; otherwise DNS_TIMEOUT or
 * DNS_MALFORMED, without one. Each question ends within DNS_GIVE_UP_MS, over
 * all tries and servers, not counted the time for which a resolver that has
 * shown a limit (sources/dns_pace.h) cannot be asked again. The second resolver
 * is asked where the first one is silent, and first when it is so for long. A
 * failure of a busy resolver is asked again before it is believed. A resolver (or a server) that has answered nothing at
 * all when the first question is given up is not asked further: what is left
 * for it ends as DNS_TIMEOUT at once.
 */
#define DNS_GIVE_UP_MS 9500
/* The same for a name server that is asked itself: each is one of several. */
#define DNS_SERVER_GIVE_UP_MS 4500
/* Questions in flight; those that wait for longer than DNS_SLOW_MS do not
 * count, so that dead zones do not hold up the others. */
#define DNS_IN_FLIGHT 512
#define DNS_SLOW_MS 250
#define DNS_PENDING_MAX 5120	/* in flight, the slow ones included */

/* resolver is "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or
 * "[2001:db8::1]:5353"; NULL: those of /etc/resolv.conf. -1 only if nothing
 * was asked; then answer() was not called. */
int dns_client_run(const char *resolver, struct dns_batch *b, struct err *e);

/* The addresses that dns_client_run would ask, at most max (one at least) of them. ERR_INPUT
 * when resolver is none. */
int dns_client_resolvers(const char *resolver, struct ip *out, size_t max,
			 size_t *n, struct err *e);

#endif
