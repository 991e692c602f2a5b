#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include <stdint.h>

/*
 * How often somebody may ask: a bucket each, that holds as many requests as a
 * minute may have and fills again evenly. Of RATE_BUCKETS callers at most; with
 * more at once the fullest bucket is given away, whose owner loses least.
 * Thread-safe. Time is the caller's, in ms, and never runs backwards.
 */
#define RATE_BUCKETS	512
#define RATE_NAME_MAX	48	/* longer names are told apart by their beginning */

#define RATE_API	600	/* of a login at a door of WHM's, where settings say nothing */
#define RATE_USER	240	/* of an account at cPanel's; a page asks for its parts, too */

struct rate;

struct rate *rate_new(void);
void rate_free(struct rate *r);		/* NULL is nothing */

/* Takes one request of `who`, who may make so many a minute: 0, or, taking none,
 * the seconds after which there will be one. */
unsigned rate_take(struct rate *r, const char *who, unsigned a_minute, int64_t now_ms);

#endif
