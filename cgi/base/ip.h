#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/text.h"

/* One IPv4 or IPv6 address. An IPv4-mapped IPv6 address is held as IPv4, so
 * that equal addresses are equal bytes. family 0 is "no address". */
struct ip {
	unsigned char family;		/* 4, 6 or 0 */
	unsigned char bytes[16];	/* network order; 4 or 16 of them */
};

#define IP_TEXT_MAX 46

/* Strict textual form (RFC 4291, dotted quad): no zone id, no prefix length,
 * no blanks, no leading zeros beyond what inet_pton takes. */
bool ip_parse(struct ip *out, const char *s);
bool ip_read(struct ip *out, struct slice s);	/* the same of all of s */
struct ip ip_of_bytes(int family, const void *bytes);	/* family 4 or 6 */
bool ip_equal(const struct ip *a, const struct ip *b);
/* Writes the canonical form and returns out. */
char *ip_text(char out[IP_TEXT_MAX], const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
bool ip_is_unspecified(const struct ip *ip);	/* 0.0.0.0, :: */
/* Of a documentation prefix (RFC 5737, RFC 3849): nobody's in the real world. */
bool ip_is_documentation(const struct ip *ip);
/* Loopback, RFC 1918, link-local, unique local, shared (RFC 6598), 0/8:
 * an address that the public internet cannot reach. */
bool ip_is_private(const struct ip *ip);

#endif
