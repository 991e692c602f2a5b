#ifndef SOURCES_DNS_H
#define SOURCES_DNS_H

#include "sources/world.h"

/*
 * Asks the public DNS about every domain of f: its MX, then A and AAAA of each
 * host these name, once however many domains share it, while MX answers still
 * come in. A domain without MX is its own host (RFC 5321, 5.1). Fills the DNS
 * members of f->domains and their hosts, all in a; f->own must be known.
 *
 * A name that is no host name is not asked (DNS_UNASKED): nobody could send
 * mail to it. An address where a host name belongs is marked, not asked.
 *
 * f->source[SOURCE_DNS] is FAILED when the resolver is to blame: not one of
 * DNS_JUDGE_RESOLVER domains or more was answered. Fewer are each UNKNOWN by
 * themselves.
 */
#define DNS_JUDGE_RESOLVER 20	/* zones, the catalogue's number for C20 */

struct dns_wishes {
	/* What the last scan was told holds for its TTL, and so does what this one
	 * is told for the next (w->state_dir; without one, or where it cannot be
	 * used, everything is asked). Silence and failures are never kept. */
	bool keep;
	bool fresh;	/* ask everything; with keep, for the next scan to know */
	/* How many domains have their MX answer, now and then; or NULL. */
	void (*progress)(void *ctx, size_t done, size_t total);
	void *ctx;
};

/* What needs no domain: the hosts that are known from the last scans. It may run
 * while the domains are read; of f it looks at f->own. dns_gather ends it, and
 * makes it when it gets none (NULL). */
struct dns_ready *dns_get_ready(struct world *w, const struct facts *f,
				const struct dns_wishes *wishes);
void dns_gather(struct world *w, struct facts *f, struct arena *a,
		const struct dns_wishes *wishes, struct dns_ready *ready);

/* While it is at work: all of the domain's answers are there. */
bool dns_is_complete(const struct domain *d);

/* One of the resolvers is an address of this server: what it answers with AA is
 * its own zone speaking. */
bool dns_resolver_is_own(struct world *w, const struct facts *f);

#endif
