#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"
#include "mail/when.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 0: a digit or a letter. Looked up, since every line has an id of them. */
static const unsigned char not_base62[256] = {
#define NO4(n)	[n] = 1, [(n) + 1] = 1, [(n) + 2] = 1, [(n) + 3] = 1
#define NO16(n)	NO4(n), NO4((n) + 4), NO4((n) + 8), NO4((n) + 12)
	NO16(0), NO16(16), NO16(32), [':'] = 1, [';'] = 1, NO4('<'), ['@'] = 1,
	['['] = 1, NO4('\\'), ['`'] = 1, ['{'] = 1, NO4('|'),
	NO16(128), NO16(144), NO16(160), NO16(176), NO16(192), NO16(208), NO16(224), NO16(240),
#undef NO16
#undef NO4
};

static bool base62(char c)
{
	return !not_base62[(unsigned char)c];
}

/* ---- time ------------------------------------------------------------- */

/* `pattern` against the start of s: 'd' is a digit, all else itself. */
static bool shaped(struct slice s, const char *pattern)
{
	size_t n = strlen(pattern);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pattern[i] == 'd' ? !digit(s.p[i]) : pattern[i] != s.p[i])
			return false;
	return true;
}

/* "dddd-dd-dd dd:dd:dd", with that byte in its middle. Every line is asked, so no byte
 * is branched on, and sixteen are compared at once where the machine can. */
static bool is_clock(struct slice s, char middle)
{
	static const unsigned char least[] = "0000-00-00\0" "00:00:00";
	static const unsigned char span[] = {
		9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 255, 9, 9, 0, 9, 9, 0, 9, 9,
	};
	unsigned char wrong = 0;

	if (s.n < sizeof(span) || s.p[10] != middle)
		return false;
	for (int i = 0; i < 16; i++)
		wrong |= (unsigned char)(s.p[i] - least[i]) > span[i];
	for (int i = 16; i < 19; i++)
		wrong |= (unsigned char)(s.p[i] - least[i]) > span[i];
	return !wrong;
}

static int two(const char *p)
{
	return p[0] * 10 + p[1] - '0' * 11;
}

static bool take_clock(const char *p, struct exim_log_time *out)
{
	int month = two(p + 5), day = two(p + 8);
	int hour = two(p + 11), minute = two(p + 14), second = two(p + 17);

	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
	    minute > 59 || second > 60)
		return false;
	out->said = (struct slice){ p, 19 };
	out->wall = when_days(two(p) * 100 + two(p + 2), month, day) * 86400 + hour * 3600 +
		minute * 60 + second;
	return out->present = true;
}

/* " +hhmm" or "+hh:mm": shape has the sign in place and ends in the minutes. */
static void take_zone(struct slice *s, const char *shape, struct exim_log_time *out)
{
	size_t n = strlen(shape), sign = *shape == ' ';

	if (!shaped(*s, shape))
		return;
	out->has_zone = true;
	out->zone = (two(s->p + sign + 1) * 60 + two(s->p + n - 2)) *
		(s->p[sign] == '-' ? -1 : 1);
	*s = cursor_drop(*s, n);
}

/* "YYYY-MM-DD HH:MM:SS[.ddd][ +hhmm] " */
static bool take_time(struct slice *s, struct exim_log_time *out)
{
	struct slice t = *s;

	if (!is_clock(t, ' ') || !take_clock(t.p, out))
		return false;
	t = cursor_drop(t, 19);
	if (t.n && *t.p == '.' && shaped(t, ".ddd")) {
		out->ms = (unsigned)((t.p[1] - '0') * 100 + two(t.p + 2));
		out->has_ms = true;
		t = cursor_drop(t, 4);
	}
	if (t.n > 1 && (t.p[1] == '+' || t.p[1] == '-')) {
		take_zone(&t, " +dddd", out);
		take_zone(&t, " -dddd", out);
	}
	cursor_take(&t, " ");
	*s = t;
	return true;
}

/* ---- what stands before the message ----------------------------------- */

/* "exim[123]: ", the tag that a syslog daemon adds. */
static bool take_tag(struct slice *s, uint64_t *pid)
{
	struct slice t = *s, number;
	size_t n = 0;

	while (n < t.n && (base62(t.p[n]) || t.p[n] == '-'))
		n++;
	t = cursor_drop(t, n);
	if (!n || !cursor_take(&t, "["))
		return false;
	number = slice_cut(&t, ']');
	if (!slice_uint(number, UINT32_MAX, pid) || !cursor_take(&t, ": "))
		return false;
	*s = t;
	return true;
}

/* "host exim[123]: " */
static bool take_host_tag(struct slice *s, uint64_t *pid)
{
	struct slice t = *s, host = slice_cut(&t, ' ');

	if (!host.n || !take_tag(&t, pid))
		return false;
	*s = t;
	return true;
}

static bool take_rfc3339(struct slice *s, struct exim_log_time *out)
{
	struct slice t = *s;
	size_t n = 0;

	if (!is_clock(t, 'T') || !take_clock(t.p, out))
		return false;
	t = cursor_drop(t, 19);
	if (cursor_take(&t, "."))
		while (n < t.n && digit(t.p[n]))
			n++;
	t = cursor_drop(t, n);
	take_zone(&t, "+dd:dd", out);
	take_zone(&t, "-dd:dd", out);
	cursor_take(&t, "Z");
	cursor_take(&t, " ");
	*s = t;
	return true;
}

/* What a syslog daemon put before the line. RFC 3164 times have no year: they
 * are passed over, not guessed. */
static bool take_syslog(struct slice *s, struct exim_log_line *out)
{
	struct slice t = *s;
	struct exim_log_time own = { 0 };

	if (!take_rfc3339(&t, &own) && t.n > 16 && t.p[3] == ' ' &&
	    t.p[6] == ' ' && shaped(cursor_drop(t, 7), "dd:dd:dd "))
		t = cursor_drop(t, 16);
	if (!take_host_tag(&t, &out->pid))
		return false;
	out->ts = own;
	*s = t;
	return true;
}

/* "[1/2] " or, before a line feed, "[1\2] ": a line cut for syslog. Gives the
 * number of this piece; 0: the line is whole. */
static uint64_t take_chunk(struct slice *s)
{
	struct slice t = *s, first, all;
	uint64_t n, of;
	size_t i = 0;

	if (!cursor_take(&t, "["))
		return 0;
	while (i < t.n && digit(t.p[i]))
		i++;
	first = (struct slice){ t.p, i };
	t = cursor_drop(t, i);
	if (!cursor_take(&t, "/") && !cursor_take(&t, "\\"))
		return 0;
	all = slice_cut(&t, ']');
	if (!slice_uint(first, 999, &n) || !slice_uint(all, 999, &of) ||
	    !cursor_take(&t, " "))
		return 0;
	*s = t;
	return n;
}

static void take_pid(struct slice *s, uint64_t *pid)
{
	struct slice t = *s, number;
	uint64_t n;

	if (!cursor_take(&t, "["))
		return;
	number = slice_cut(&t, ']');
	if (slice_uint(number, UINT32_MAX, &n) && cursor_take(&t, " ")) {
		*pid = n;
		*s = t;
	}
}

static bool all_base62(const char *p, size_t n)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong |= not_base62[(unsigned char)p[i]];
	return !wrong;
}

static bool is_msgid(struct slice s, size_t middle, size_t end)
{
	size_t n = 6 + 1 + middle + 1 + end;

	if (s.n < n || s.p[6] != '-' || s.p[7 + middle] != '-' || (s.n > n && s.p[n] != ' '))
		return false;
	return all_base62(s.p, 6) && all_base62(s.p + 7, middle) &&
		all_base62(s.p + 8 + middle, end);
}

bool exim_log_msgid(struct slice *s, struct exim_log_line *out)
{
	size_t n = is_msgid(*s, 6, 2) ? 16 : is_msgid(*s, 11, 4) ? 23 : 0;

	if (!n)
		return false;
	out->msgid = (struct slice){ s->p, n };
	*s = cursor_drop(*s, n);
	cursor_take(s, " ");
	return true;
}

bool exim_log_start(struct slice *s, struct exim_log_line *out)
{
	uint64_t piece = 0;

	if (take_time(s, &out->ts)) {
		if (exim_log_msgid(s, out))
			return true;
		out->syslog = take_host_tag(s, &out->pid);
	} else {
		out->syslog = take_syslog(s, out);
	}
	if (out->syslog) {
		piece = take_chunk(s);
		if (piece < 2)
			take_time(s, &out->ts);
		out->cut |= piece > 0;
	}
	if (piece > 1)
		return false;
	take_pid(s, &out->pid);
	return exim_log_msgid(s, out) || out->ts.present || out->syslog;
}
