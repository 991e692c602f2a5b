#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

/* What differs between the oldest library releases we build with (EL8:
 * json-c 0.13, c-ares 1.13, curl 7.61) and today's. Nowhere else is a version asked. */

#include <json-c/json.h>

#if JSON_C_VERSION_NUM < ((0 << 16) | (15 << 8))
static inline size_t json_tokener_get_parse_end(struct json_tokener *t)
{
	return (size_t)t->char_offset;
}
#endif

/* For those who include <ares.h> before this: from 1.31 on c-ares keeps every
 * answer for its TTL, which costs memory where each name is asked once. */
#ifdef ARES_OPT_QUERY_CACHE
#define ares_without_cache(options, mask) \
	((options)->qcache_max_ttl = 0, *(mask) |= ARES_OPT_QUERY_CACHE)
#else
#define ares_without_cache(options, mask) ((void)(options), (void)(mask))
#endif

/* For those who include <curl/curl.h> before this: the list of protocols has
 * become text. Calls come through pointers (sources/whm_http). */
#ifdef LIBCURL_VERSION_NUM
#if LIBCURL_VERSION_NUM >= 0x075500
#define curl_https_alone(setopt, handle) \
	(setopt)((handle), CURLOPT_PROTOCOLS_STR, "https")
#else
#define curl_https_alone(setopt, handle) \
	(setopt)((handle), CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS)
#endif
#endif

#endif
