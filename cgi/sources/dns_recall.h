#ifndef SOURCES_DNS_RECALL_H
#define SOURCES_DNS_RECALL_H

#include "sources/dns_cache.h"
#include "sources/dns_hosts.h"
#include "sources/world.h"

/* What is known of the domains beyond this scan, in the order of f->domains. */
struct dns_memory {
	struct kept_answer *answers;
	unsigned char *in_whole;	/* the answer stands in the part that is whole */
	size_t recalled;
	size_t nwhole;			/* domains in that part; 0: there is none */
};

/* What the last scans kept: each part, and its hosts by number. */
struct dns_recalled {
	struct dns_cached parts[DNS_CACHE_PARTS];
	struct dns_host **hosts[DNS_CACHE_PARTS];
};

void dns_memory_init(struct dns_memory *m, const struct facts *f, struct arena *a);

/*
 * What the last scans' DNS answers say of the hosts, and then of f's domains, as far
 * as they still hold, as if they had just come. x is zeroed, h has no host before.
 */
void dns_recall_hosts(struct world *w, struct dns_hosts *h, struct dns_recalled *x);
void dns_recall(struct dns_recalled *x, int64_t now, struct facts *f, struct dns_hosts *h,
		struct dns_memory *m);

/* Keeps what holds beyond this scan. That it could not be kept is only logged. */
void dns_keep(struct world *w, const struct facts *f, struct dns_hosts *h,
	      const struct dns_memory *m);

/* The answer as it may be kept from now on: DNS_UNASKED when it may not. */
struct kept_answer dns_keepable(const struct world *w, const struct dns_answer *x);

#endif
