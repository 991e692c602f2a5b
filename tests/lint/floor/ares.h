/* c-ares as of 1.13, by the headers of a newer one. */
#include_next <ares.h>
#undef ARES_OPT_QUERY_CACHE
#define qcache_max_ttl newer_than_1_13
