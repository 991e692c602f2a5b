#include <stdio.h>

#include "mail/when.h"

#define DAY 86400
#define YEAR_10000 253402300800

/* H. Hinnant, "chrono-compatible low-level date algorithms": years begin in
 * March, an era is 400 of them. */
int64_t when_days(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

const char *when_text(char out[WHEN_MAX], int64_t utc)
{
	int64_t z = utc / DAY + 719468, doe = z % 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;
	int64_t year = yoe + z / 146097 * 400 + (month <= 2);

	if (utc <= 0 || utc >= YEAR_10000)
		snprintf(out, WHEN_MAX, "an unknown time");
	else
		snprintf(out, WHEN_MAX, "%04d-%02d-%02d %02d:%02d UTC", (int)year,
			 (int)month, (int)(doy - (153 * mp + 2) / 5 + 1),
			 (int)(utc % DAY / 3600), (int)(utc % 3600 / 60));
	return out;
}

/* `n` digits up to max, then `behind` (0: nothing, or the end). */
static bool take_number(struct slice *s, size_t n, uint64_t max, char behind, int *out)
{
	uint64_t v;

	if (s->n < n || !slice_uint((struct slice){ s->p, n }, max, &v))
		return false;
	*s = (struct slice){ s->p + n, s->n - n };
	*out = (int)v;
	if (behind && s->n && *s->p == behind)
		*s = (struct slice){ s->p + 1, s->n - 1 };
	else if (behind)
		return false;
	return true;
}

static bool take_clock(struct slice s, int64_t *wall)
{
	int hour, minute, second = 0;

	if (!take_number(&s, 2, 23, ':', &hour) || !take_number(&s, 2, 59, 0, &minute))
		return false;
	if (s.n && (*s.p != ':' || s.n != 3 ||
		    !slice_uint((struct slice){ s.p + 1, 2 }, 60, &(uint64_t){ 0 })))
		return false;
	if (s.n)
		second = (s.p[1] - '0') * 10 + s.p[2] - '0';
	*wall += hour * 3600 + minute * 60 + second;
	return true;
}

bool when_read(struct slice s, int64_t *wall, bool *zulu)
{
	int year, month, day;

	*zulu = s.n && s.p[s.n - 1] == 'Z';
	s.n -= *zulu;
	if (!take_number(&s, 4, 9999, '-', &year) || !take_number(&s, 2, 12, '-', &month) ||
	    !take_number(&s, 2, 31, 0, &day) || !month || !day)
		return false;
	*wall = when_days(year, month, day) * DAY;
	if (!s.n)
		return true;
	return (*s.p == ' ' || *s.p == 'T') &&
		take_clock((struct slice){ s.p + 1, s.n - 1 }, wall);
}
