#include <arpa/inet.h>
#include <string.h>

#include "base/ip.h"

struct ip ip_of_bytes(int family, const void *bytes)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip ip = { .family = 0 };

	if (family == 6 && !memcmp(bytes, mapped, sizeof(mapped))) {
		ip.family = 4;
		memcpy(ip.bytes, (const unsigned char *)bytes + 12, 4);
	} else if (family == 4 || family == 6) {
		ip.family = (unsigned char)family;
		memcpy(ip.bytes, bytes, family == 4 ? 4 : 16);
	}
	return ip;
}

/* Four numbers without leading zeros, as inet_pton takes them, in half its time:
 * a log has millions. */
static bool read_quad(struct slice s, unsigned char b[4])
{
	const char *p = s.p, *end = p + s.n;

	for (int i = 0; i < 4; i++) {
		const char *from = p;
		unsigned v = 0;

		while (p < end && *p >= '0' && *p <= '9' && p < from + 3)
			v = v * 10 + (unsigned)(*p++ - '0');
		if (p == from || v > 255 || (*from == '0' && p > from + 1) ||
		    (i < 3 ? p == end || *p++ != '.' : p != end))
			return false;
		b[i] = (unsigned char)v;
	}
	return true;
}

bool ip_read(struct ip *out, struct slice s)
{
	char text[IP_TEXT_MAX];
	unsigned char b[16];

	if (!s.n || s.n >= sizeof(text))
		return false;
	if (read_quad(s, b)) {
		*out = ip_of_bytes(4, b);
		return true;
	}
	if (!memchr(s.p, ':', s.n) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET6, text, b) != 1)
		return false;
	*out = ip_of_bytes(6, b);
	return true;
}

bool ip_parse(struct ip *out, const char *s)
{
	return ip_read(out, slice_of(s));
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family && a->family == b->family &&
		!memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16);
}

char *ip_text(char out[IP_TEXT_MAX], const struct ip *ip)
{
	int af = ip->family == 4 ? AF_INET : AF_INET6;

	if (!ip->family || !inet_ntop(af, ip->bytes, out, IP_TEXT_MAX))
		memcpy(out, "?", 2);
	return out;
}

bool ip_is_loopback(const struct ip *ip)
{
	static const unsigned char one[16] = { [15] = 1 };

	return ip->family == 4 ? ip->bytes[0] == 127 :
		ip->family == 6 && !memcmp(ip->bytes, one, 16);
}

bool ip_is_unspecified(const struct ip *ip)
{
	static const unsigned char any[16];

	return ip->family && !memcmp(ip->bytes, any, ip->family == 4 ? 4 : 16);
}

bool ip_is_documentation(const struct ip *ip)
{
	static const unsigned char prefixes[][5] = {	/* family, bytes */
		{ 4, 192, 0, 2 }, { 4, 198, 51, 100 }, { 4, 203, 0, 113 },
		{ 6, 0x20, 0x01, 0x0d, 0xb8 },
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (ip->family == prefixes[i][0] &&
		    !memcmp(ip->bytes, prefixes[i] + 1, ip->family == 4 ? 3 : 4))
			return true;
	return false;
}

bool ip_is_private(const struct ip *ip)
{
	const unsigned char *b = ip->bytes;

	if (ip_is_loopback(ip))
		return true;
	if (ip->family == 4)
		return b[0] == 0 || b[0] == 10 ||
			(b[0] == 172 && (b[1] & 0xf0) == 16) ||
			(b[0] == 192 && b[1] == 168) ||
			(b[0] == 169 && b[1] == 254) ||
			(b[0] == 100 && (b[1] & 0xc0) == 64);
	return ip->family == 6 && ((b[0] & 0xfe) == 0xfc ||
		(b[0] == 0xfe && (b[1] & 0xc0) == 0x80) || ip_is_unspecified(ip));
}
