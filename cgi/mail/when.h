#ifndef MAIL_WHEN_H
#define MAIL_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define WHEN_MAX 32

/* "2026-11-24 10:00 UTC" of seconds since 1970, without asking a clock or a
 * zone; "an unknown time" for 0 or less and from the year 10000 on. Writes to
 * and returns out. */
const char *when_text(char out[WHEN_MAX], int64_t utc);

/* Seconds of "2026-11-24", "2026-11-24 10:00" or "2026-11-24T10:00:00", its digits
 * read as if they were UTC; *zulu: a "Z" stands behind them. False: it is no such
 * time. */
bool when_read(struct slice s, int64_t *wall, bool *zulu);

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
int64_t when_days(int year, int month, int day);

#endif
