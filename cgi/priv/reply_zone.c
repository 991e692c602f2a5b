#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "priv/reply.h"

/*
 * DNS::parse_zone: {"line_index","type":"record","dname_b64","record_type",
 * "ttl","data_b64":[…]} a record; comments and controls have "text_b64". Names
 * are absolute with a final dot, or as they stand in the zone file: relative to
 * the zone, or "@". The data are any bytes. Source: cPanel's UAPI documentation.
 */
#define DATA_MAX 4096	/* bytes of one record; more goes into the rest cut */

/* ---- texts of it ------------------------------------------------------ */

static int sextet(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* RFC 4648, up to the first byte that is none of it. Always ends with a NUL. */
static size_t decode(char *out, size_t size, const char *in)
{
	unsigned held = 0, bits = 0;
	size_t n = 0;

	for (int v; in && (v = sextet(*in)) >= 0; in++) {
		held = (held << 6 | (unsigned)v) & 0xffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n + 1 == size)
			break;
		out[n++] = (char)(held >> bits);
	}
	out[n] = '\0';
	return n;
}

static const char *datum(json_object *item, size_t i)
{
	json_object *list = json_member(item, "data_b64"), *o = NULL;

	if (i < json_count(list))
		o = json_object_array_get_idx(list, i);
	return json_object_is_type(o, json_type_string) ? json_object_get_string(o) : NULL;
}

/* A name of the zone file as a whole one, lower case, without a final dot; false
 * when it does not fit or holds a NUL. "." stays. */
static bool whole_name(char out[MX_HOST_MAX], const char *b64, const char *zone)
{
	char raw[MX_HOST_MAX + 1];
	size_t n = decode(raw, sizeof(raw), b64), room = strlen(zone);

	if (!b64 || strlen(raw) != n || n > MX_HOST_MAX - 1)
		return false;
	text_lower(raw);
	if (!n || !strcmp(raw, "@")) {
		memcpy(out, zone, room + 1);
		return true;
	}
	if (n > 1 && raw[n - 1] == '.') {
		raw[n - 1] = '\0';
	} else if (strcmp(raw, ".")) {
		if (n + 1 + room > MX_HOST_MAX - 1)
			return false;
		memcpy(out, raw, n);
		out[n] = '.';
		memcpy(out + n + 1, zone, room + 1);
		return true;
	}
	memcpy(out, raw, strlen(raw) + 1);
	return true;
}

static bool number_of(const char *b64, uint64_t max, uint64_t *out)
{
	char raw[24];

	decode(raw, sizeof(raw), b64);
	return b64 && slice_uint(slice_of(raw), max, out);
}

/* ---- the rest --------------------------------------------------------- */

/* Behind DATA_MAX there is nothing more. */
static size_t append(char *out, size_t n, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	if (n == DATA_MAX)
		return n;
	if (len > DATA_MAX - n - 1)
		len = DATA_MAX - n - 1;
	if (len)
		memcpy(out + n, s, len);
	out[n + len] = '\n';
	return n + len + 1;
}

/* Adds one item to a sum that does not depend on their order; `but` is the
 * datum left out. */
static void add_rest(struct reply_zone *z, json_object *item, const char *kind,
		     const char *name, size_t but)
{
	static const char *const keys[] = { "record_type", "text_b64" };
	char text[DATA_MAX];
	uint32_t sum[SHA256_WORDS];
	size_t n = append(text, 0, kind);

	n = append(text, n, name);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		n = append(text, n, json_text(item, keys[i]));
	n = append(text, n, json_member(item, "ttl") ?
		   json_object_get_string(json_member(item, "ttl")) : "");
	for (size_t i = 0; i < json_count(json_member(item, "data_b64")); i++)
		n = append(text, n, i == but ? "" : datum(item, i));
	sha256(text, n, sum);
	for (size_t i = 0; i < SHA256_WORDS; i++)
		z->rest[i] += sum[i];
}

/* ---- the records ------------------------------------------------------ */

#define NOTHING ((size_t)-1)
#define SOA_SERIAL 2

static void take_soa(struct reply *r, json_object *item)
{
	uint64_t serial;

	if (!number_of(datum(item, SOA_SERIAL), UINT32_MAX, &serial))
		return;
	r->listed = 1;
	r->zone.serial = (uint32_t)serial;
}

static bool fits(const struct mx_line *record)
{
	char text[MX_HOST_MAX + 40];
	struct mx_line copy = *record;

	return mx_text_print(text, sizeof(text), &copy, 1);
}

static void take_mx(struct reply_zone *z, json_object *item, const char *zone)
{
	int64_t line = json_number(item, "line_index", -1);
	int64_t ttl = json_number(item, "ttl", -1);
	struct reply_mx *m = &z->mx[z->n];
	uint64_t preference;

	if (z->n == MX_LINES_MAX) {
		z->odd = 1;
		return;
	}
	memset(m, 0, sizeof(*m));
	if (line < 0 || line > INT32_MAX || ttl < 0 || ttl > INT32_MAX ||
	    !number_of(datum(item, 0), UINT16_MAX, &preference) ||
	    !whole_name(m->record.host, datum(item, 1), zone) || !fits(&m->record)) {
		memset(m, 0, sizeof(*m));
		z->odd = 1;
		return;
	}
	m->line = (uint32_t)line;
	m->record.ttl = (uint32_t)ttl;
	m->record.preference = (uint16_t)preference;
	z->n++;
}

static void take_record(struct reply *r, json_object *item, const char *zone)
{
	const char *type = json_text(item, "record_type");
	char name[MX_HOST_MAX] = "";
	bool apex = whole_name(name, json_text(item, "dname_b64"), zone) &&
		!strcmp(name, zone);

	if (apex && type && !strcmp(type, "MX")) {
		take_mx(&r->zone, item, zone);
		return;
	}
	if (apex && type && !strcmp(type, "SOA")) {
		take_soa(r, item);
		add_rest(&r->zone, item, "record", name, SOA_SERIAL);
		return;
	}
	add_rest(&r->zone, item, "record", *name ? name : json_text(item, "dname_b64"),
		 NOTHING);
}

void reply_take_zone(struct reply *r, struct json_object *items, const char *domain)
{
	for (size_t i = 0; i < json_count(items); i++) {
		json_object *item = json_object_array_get_idx(items, i);
		const char *kind = json_text(item, "type");

		if (kind && !strcmp(kind, "record"))
			take_record(r, item, domain);
		else if (kind && !strcmp(kind, "control"))
			add_rest(&r->zone, item, kind, "", NOTHING);
	}
}
