/* libcurl as of 7.61, by the headers of a newer one. */
#define CURL_DISABLE_DEPRECATION
#include_next <curl/curl.h>
#undef LIBCURL_VERSION_NUM
#define LIBCURL_VERSION_NUM 0x073d00
#define CURLOPT_PROTOCOLS_STR newer_than_7_61
