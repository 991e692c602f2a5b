#include <string.h>

#include "mail/cursor.h"
#include "mail/mail_login.h"
#include "mail/when.h"

#define DAY 86400

/* ---- time --------------------------------------------------------------- */

static bool number(struct slice s, size_t at, size_t n, int *out)
{
	uint64_t v;
	struct slice digits = { s.p + at, n };

	if (*digits.p == ' ')		/* "Nov  4" */
		digits = cursor_drop(digits, 1);
	if (!slice_uint(digits, 9999, &v))
		return false;
	*out = (int)v;
	return true;
}

static bool clock_at(struct slice s, size_t at, int64_t *out)
{
	int h, m, sec;

	if (s.p[at + 2] != ':' || s.p[at + 5] != ':' || !number(s, at, 2, &h) ||
	    !number(s, at + 3, 2, &m) || !number(s, at + 6, 2, &sec) || h > 23 || m > 59 ||
	    sec > 60)
		return false;
	*out = h * 3600 + m * 60 + sec;
	return true;
}

static int month_of(struct slice s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (!memcmp(s.p, names + 3 * i, 3))
			return i + 1;
	return 0;
}

/* The last such day that is not after tomorrow. */
static int64_t last_day(int month, int day, int32_t today)
{
	int year = 1971 + (int)(today / 365.2425);
	int64_t at;

	do
		at = when_days(year--, month, day);
	while (at > today + 1);
	return at;
}

/* "Nov 24 07:19:30 ", "2026-11-24T07:19:30.123456+00:00 " */
static bool take_time(struct slice *s, int32_t today, int64_t *wall)
{
	int year, month, day;
	int64_t clock;

	if (s->n < 32)
		return false;
	month = month_of(*s);
	if (month) {
		if (!number(*s, 4, 2, &day) || day < 1 || day > 31 || !clock_at(*s, 7, &clock) ||
		    s->p[15] != ' ')
			return false;
		*wall = last_day(month, day, today) * DAY + clock;
		*s = cursor_drop(*s, 16);
		return true;
	}
	if (s->p[4] != '-' || s->p[7] != '-' || !number(*s, 0, 4, &year) || year < 1970 ||
	    !number(*s, 5, 2, &month) || !number(*s, 8, 2, &day) || month < 1 || month > 12 ||
	    day < 1 || day > 31 || !clock_at(*s, 11, &clock))
		return false;
	*wall = when_days(year, month, day) * DAY + clock;
	slice_cut(s, ' ');
	return true;
}

/* ---- what is said ------------------------------------------------------- */

/* "host dovecot: imap-login: " or "host dovecot[12]: pop3-login: " */
static bool take_service(struct slice *s)
{
	struct slice tag;

	slice_cut(s, ' ');
	tag = slice_cut(s, ' ');
	if (!slice_starts(tag, "dovecot") || !tag.n || tag.p[tag.n - 1] != ':')
		return false;
	return cursor_take(s, "imap-login: ") || cursor_take(s, "pop3-login: ") ||
		cursor_take(s, "managesieve-login: ") || cursor_take(s, "submission-login: ");
}

/* ", method=PLAIN, rip=203.0.113.5, …" */
static bool take_address(struct slice s, struct ip *out)
{
	while (cursor_take(&s, ", ")) {
		struct slice field = { s.p, cursor_until(s, ',') };

		s = cursor_drop(s, field.n);
		if (cursor_take(&field, "rip="))
			return ip_read(out, field);
	}
	return false;
}

bool mail_login_read(struct slice line, int32_t today, struct mail_login *out)
{
	size_t at;

	if (!take_time(&line, today, &out->wall) || !take_service(&line))
		return false;
	cursor_take(&line, "Info: ");
	if (!cursor_take(&line, "Login: user=<") || !cursor_find(line, ">, ", &at))
		return false;
	out->user = (struct slice){ line.p, at };
	return out->user.n && take_address(cursor_drop(line, at + 1), &out->ip);
}
