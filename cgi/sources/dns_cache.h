#ifndef SOURCES_DNS_CACHE_H
#define SOURCES_DNS_CACHE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/*
 * The DNS answers of the last scan (sources/dns_kept.h) in a database of the
 * scan's account. They hold for one resolver only, and not at all when they were
 * written in the future: the clock was turned back, and nobody knows how old
 * they are.
 */
#define DNS_CACHE_MAX (64u << 20)	/* bytes of hosts, and of domains */
/* How long an answer is believed at most, whatever its TTL says: as resolvers do
 * it, a day, and three hours where there was none (RFC 2308, 5). There is no
 * least time: a zone that says 0 is asked each time. */
#define DNS_CACHE_TTL_MAX 86400
#define DNS_CACHE_NEGATIVE_MAX 10800

/* Two parts: most scans learn little, and write that alone. */
enum dns_cache_part { DNS_CACHE_SINCE, DNS_CACHE_WHOLE, DNS_CACHE_PARTS };

struct dns_cached {
	struct slice hosts, domains;
	size_t nhosts, ndomains;
};

/* What there is, in a; nothing (and 0) where nothing was kept for this resolver.
 * -1 when the database cannot be used. */
int dns_cache_load(const char *dir, const char *resolver, int64_t now,
		   struct arena *a, struct dns_cached out[DNS_CACHE_PARTS],
		   struct err *e);
/* Replaces that part; the whole takes the place of both. */
int dns_cache_save(const char *dir, const char *resolver, int64_t now,
		   enum dns_cache_part part, const struct dns_cached *x,
		   struct err *e);

#endif
