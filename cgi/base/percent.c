#include <string.h>

#include "base/percent.h"

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

bool percent_encode(char *out, size_t size, const char *in)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *in; in++) {
		unsigned char c = (unsigned char)*in;
		bool plain = is_unreserved(*in);

		if (n + (plain ? 1 : 3) >= size)
			return false;
		out[n++] = plain ? *in : '%';
		if (!plain) {
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		}
	}
	if (n >= size)
		return false;
	out[n] = '\0';
	return true;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at *in, which moves past it; -1 when it is no byte of ours. */
static int take(struct slice *in)
{
	int c = (unsigned char)*in->p, hi, lo;

	in->p++, in->n--;
	if (c != '%')
		return c ? c : -1;
	if (in->n < 2)
		return -1;
	hi = nibble(in->p[0]);
	lo = nibble(in->p[1]);
	in->p += 2, in->n -= 2;
	if (hi < 0 || lo < 0 || hi + lo == 0)
		return -1;
	return hi << 4 | lo;
}

bool percent_decode(char *out, size_t size, struct slice in)
{
	size_t n = 0;

	while (in.n) {
		int c = take(&in);

		if (c < 0 || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	if (n >= size)
		return false;
	out[n] = '\0';
	return true;
}
