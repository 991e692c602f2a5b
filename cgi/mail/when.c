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
