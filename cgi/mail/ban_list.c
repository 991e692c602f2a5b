#include <stdlib.h>
#include <string.h>

#include "mail/ban_list.h"
#include "mail/cursor.h"
#include "mail/ruleset.h"
#include "mail/csf_conf.h"
#include "mail/when.h"

#define TEXT_MAX 300

static const char *printable(struct arena *a, struct slice s)
{
	char raw[TEXT_MAX + 1], shown[2 * TEXT_MAX];
	size_t n;

	s = slice_trim(s);
	if (!s.n)
		return NULL;
	n = s.n < TEXT_MAX ? s.n : TEXT_MAX;
	memcpy(raw, s.p, n);
	raw[n] = '\0';
	return arena_strdup(a, text_printable(shown, sizeof(shown), raw));
}

void ban_add(struct ban_reader *r, const struct ban *ban)
{
	if (r->n >= BANS_MAX) {
		r->odd++;
		return;
	}
	r->bans = arena_grow(r->arena, r->bans, r->n, &r->cap, sizeof(*r->bans));
	r->bans[r->n] = *ban;
	r->bans[r->n++].list = r->list;
}

/* ---- why and since ----------------------------------------------------- */

/* "Tue Nov 24 07:42:33 2026", as ctime() writes it. */
static bool is_time(struct slice s)
{
	static const char shape[] = "Aaa Aaa .9 99:99:99 9999";

	if (s.n != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool digit = c >= '0' && c <= '9', fits =
			shape[i] == 'A' ? c >= 'A' && c <= 'Z' :
			shape[i] == 'a' ? c >= 'a' && c <= 'z' :
			shape[i] == '9' ? digit :
			shape[i] == '.' ? digit || c == ' ' : c == shape[i];

		if (!fits)
			return false;
	}
	return true;
}

/* "why - WHEN": csf's own entries end so. */
static void take_comment(struct ban_reader *r, struct slice comment, struct ban *ban)
{
	comment = slice_trim(comment);
	if (comment.n >= 27) {
		struct slice tail = cursor_drop(comment, comment.n - 27);

		if (cursor_take(&tail, " - ") && is_time(tail)) {
			ban->since = printable(r->arena, tail);
			comment.n -= 27;
		}
	}
	ban->text = printable(r->arena, comment);
}

/* ---- csf's advanced form ----------------------------------------------- */

/* "25", "25,465", "2000_3000" */
static bool take_ports(struct ban_reader *r, struct slice s, struct ban *ban)
{
	port_list_read(s, '_', r->arena, &ban->ports);
	return ban->ports.known && ban->ports.n;
}

/* One piece between bars; false when it is none that can be understood. */
static bool take_piece(struct ban_reader *r, struct slice s, struct ban *ban,
		       bool *has_net)
{
	static const char *const protocols[] = { "tcp", "udp", "icmp", "in" };

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (slice_eq(s, protocols[i]))
			return true;
	if (slice_eq(s, "out")) {
		ban->out = true;
		return true;
	}
	if (!cursor_take(&s, "s=") && !cursor_take(&s, "d="))
		return false;
	if (net_parse(s, &ban->net)) {
		*has_net = true;
		return true;
	}
	return take_ports(r, s, ban);
}

static bool take_advanced(struct ban_reader *r, struct slice entry, struct ban *ban)
{
	bool has_net = false;

	while (entry.n)
		if (!take_piece(r, slice_trim(slice_cut(&entry, '|')), ban, &has_net))
			return false;
	return has_net;
}

/* ---- lines -------------------------------------------------------------- */

static bool take_plain(struct ban_reader *r, struct slice line, struct ban *ban)
{
	struct slice entry = slice_trim(slice_cut(&line, '#'));

	take_comment(r, line, ban);
	if (memchr(entry.p, '|', entry.n))
		return take_advanced(r, entry, ban);
	return net_parse(entry, &ban->net);
}

static bool take_temporary(struct ban_reader *r, struct slice line, struct ban *ban,
			   int64_t now, bool *over)
{
	struct slice at = slice_cut(&line, '|'), ip = slice_cut(&line, '|');
	struct slice port = slice_cut(&line, '|'), way = slice_cut(&line, '|');
	struct slice seconds = slice_cut(&line, '|');
	char text[WHEN_MAX];
	uint64_t since, span;

	if (!slice_uint(at, 1ull << 40, &since) || !slice_uint(seconds, 1u << 31, &span) ||
	    !net_parse(slice_trim(ip), &ban->net))
		return false;
	ban->since = arena_strdup(r->arena, when_text(text, (int64_t)since));
	ban->until = arena_strdup(r->arena, when_text(text, (int64_t)(since + span)));
	ban->out = slice_eq(slice_trim(way), "out");
	ban->text = printable(r->arena, line);
	*over = now > 0 && (int64_t)(since + span) < now;
	if (port.n && !slice_eq(port, "*"))
		return take_ports(r, port, ban);
	return true;
}

static bool is_temporary(enum ban_list list)
{
	return list == BAN_CSF_TEMPBAN || list == BAN_CSF_TEMPALLOW;
}

static void take_line(struct ban_reader *r, struct slice line, unsigned number,
		      int64_t now)
{
	struct ban ban = { .file = r->file, .line = number, .entry = line };
	bool over = false, fits;

	line = slice_trim(line);
	if (!line.n || *line.p == '#')
		return;
	if (slice_starts(line, "Include ")) {
		r->includes++;
		return;
	}
	fits = is_temporary(r->list) ? take_temporary(r, line, &ban, now, &over) :
		take_plain(r, line, &ban);
	if (!fits)
		r->odd++;
	else if (!over)
		ban_add(r, &ban);
}

void ban_list_read(struct ban_reader *r, struct slice text, int64_t now)
{
	struct slice line;

	for (unsigned number = 1; slice_line(&text, &line); number++)
		take_line(r, line, number, now);
}

void ban_list_read_included(struct ban_reader *r, struct slice text, int64_t now)
{
	struct slice line;
	unsigned number = 0;

	while (slice_line(&text, &line)) {
		if (cursor_take(&line, "Include! ")) {
			r->includes++;
		} else if (cursor_take(&line, "Include ")) {
			r->file = printable(r->arena, line);
			number = 0;
		} else if (r->file) {
			take_line(r, line, ++number, now);
		}
	}
	r->file = NULL;
}

/* ------------------------------------------------------------------------ */

static int by_address(const void *pa, const void *pb)
{
	const struct ban *a = pa, *b = pb;
	int d = (int)a->net.from.family - (int)b->net.from.family;

	if (!d)
		d = memcmp(a->net.from.bytes, b->net.from.bytes,
			   a->net.from.family == 4 ? 4 : 16);
	if (!d)
		d = (int)a->list - (int)b->list;
	return d ? d : (a->line > b->line) - (a->line < b->line);
}

void bans_settle(struct ban *bans, size_t n, struct arena *a, struct ban_facts *out)
{
	struct ban *one = arena_zalloc(a, (n + 1) * sizeof(*one));
	struct ban *wide = arena_zalloc(a, (n + 1) * sizeof(*wide));

	out->none = out->nwide = 0;
	for (size_t i = 0; i < n; i++) {
		if (ip_equal(&bans[i].net.from, &bans[i].net.to))
			one[out->none++] = bans[i];
		else
			wide[out->nwide++] = bans[i];
	}
	qsort(one, out->none, sizeof(*one), by_address);
	qsort(wide, out->nwide, sizeof(*wide), by_address);
	out->one = one;
	out->wide = wide;
}
