#include <string.h>

#include "sources/dns_kept.h"
#include "sources/dns_packet.h"

#define ANSWER_BYTES 6
#define MX_BYTES 6

static const size_t ip_bytes[2] = { NS_INADDRSZ, NS_IN6ADDRSZ };

/* ---- reading ------------------------------------------------------------ */

/* The next n bytes; NULL: there are fewer. */
static const unsigned char *take(struct slice *rest, size_t n)
{
	const char *p = rest->p;

	if (rest->n < n)
		return NULL;
	rest->p += n;
	rest->n -= n;
	return (const unsigned char *)p;
}

static bool printable(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return false;
	return true;
}

static bool take_string(struct slice *rest, const char **out)
{
	const char *end = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : 0;

	*out = rest->p;
	return end && n < DNS_NAME_MAX && take(rest, n + 1);
}

static bool take_name(struct slice *rest, const char **out)
{
	return take_string(rest, out) && printable(*out, (size_t)(rest->p - 1 - *out));
}

static bool is_kept(unsigned status)
{
	return status == DNS_UNASKED || status == DNS_OK || status == DNS_NODATA ||
		status == DNS_NXDOMAIN;
}

static bool take_answer(struct slice *rest, struct kept_answer *out, size_t *n)
{
	const unsigned char *p = take(rest, ANSWER_BYTES + NS_INT16SZ);

	if (!p || !is_kept(p[0]) || p[1] > 1)
		return false;
	out->status = p[0];
	out->authoritative = p[1];
	out->until = (uint32_t)ns_get32(p + 2);
	*n = ns_get16(p + ANSWER_BYTES);
	return *n <= DNS_RECORDS_MAX;
}

bool kept_host_next(struct slice *rest, struct kept_host *out)
{
	if (!take_name(rest, &out->name) || !*out->name ||
	    !take_name(rest, &out->cname))
		return false;
	for (int f = 0; f < 2; f++)
		if (!take_answer(rest, &out->answer[f], &out->nips[f]) ||
		    (out->nips[f] > 0) != (out->answer[f].status == DNS_OK) ||
		    !(out->ips[f] = take(rest, out->nips[f] * ip_bytes[f])))
			return false;
	return true;
}

bool kept_domain_next(struct slice *rest, size_t nhosts, struct kept_domain *out)
{
	if (!take_string(rest, &out->name) || !*out->name ||
	    !take_answer(rest, &out->answer, &out->nmx) ||
	    !(out->mx = take(rest, out->nmx * MX_BYTES)))
		return false;
	for (size_t i = 0; i < out->nmx; i++)
		if (kept_mx_at(out, i).host >= nhosts)
			return false;
	return out->answer.status == DNS_OK ||
		out->nmx == (out->answer.status == DNS_NODATA);
}

struct kept_mx kept_mx_at(const struct kept_domain *d, size_t i)
{
	const unsigned char *p = d->mx + i * MX_BYTES;

	return (struct kept_mx){ (uint16_t)ns_get16(p), (uint32_t)ns_get32(p + 2) };
}

/* ---- writing ------------------------------------------------------------ */

static unsigned char *put16(unsigned char *p, size_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
	return p + 2;
}

static unsigned char *put32(unsigned char *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static void put_answer(struct buf *b, const struct kept_answer *x, size_t n)
{
	unsigned char raw[ANSWER_BYTES + NS_INT16SZ] = {
		(unsigned char)x->status, x->authoritative,
	};

	put16(put32(raw + 2, x->until), n);
	buf_add(b, raw, sizeof(raw));
}

static void put_name(struct buf *b, const char *name)
{
	buf_add(b, name, strlen(name) + 1);
}

static size_t count_family(const struct mx_host *h, int family)
{
	size_t n = 0;

	for (size_t i = 0; i < h->nips; i++)
		n += h->ips[i].family == family;
	return n;
}

/* An IPv4 address that came in an AAAA record is held as IPv4: such an answer is
 * not kept. */
void kept_host_put(struct buf *b, const struct mx_host *h,
		   const struct kept_answer answer[2])
{
	static const int families[2] = { 4, 6 };
	static const struct kept_answer none = { .status = DNS_UNASKED };

	put_name(b, h->name);
	put_name(b, h->cname ? h->cname : "");
	for (int f = 0; f < 2; f++) {
		bool has = answer[f].status == DNS_OK;
		size_t n = has ? count_family(h, families[f]) : 0;
		bool fits = has == (n > 0) && n <= DNS_RECORDS_MAX;

		put_answer(b, fits ? &answer[f] : &none, fits ? n : 0);
		for (size_t i = 0; i < h->nips && n && fits; i++)
			if (h->ips[i].family == families[f])
				buf_add(b, h->ips[i].bytes, ip_bytes[f]);
	}
}

void kept_domain_put(struct buf *b, const char *name,
		     const struct kept_answer *answer, size_t nmx)
{
	put_name(b, name);
	put_answer(b, answer, nmx);
}

void kept_mx_put(struct buf *b, uint16_t preference, uint32_t host)
{
	unsigned char raw[MX_BYTES];

	put32(put16(raw, preference), host);
	buf_add(b, raw, sizeof(raw));
}
