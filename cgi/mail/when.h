#ifndef MAIL_WHEN_H
#define MAIL_WHEN_H

#include <stdint.h>

#define WHEN_MAX 32

/* "2026-11-24 10:00 UTC" of seconds since 1970, without asking a clock or a
 * zone; "an unknown time" for 0 or less and from the year 10000 on. Writes to
 * and returns out. */
const char *when_text(char out[WHEN_MAX], int64_t utc);

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
int64_t when_days(int year, int month, int day);

#endif
