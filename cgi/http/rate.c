#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "http/rate.h"

#define MINUTE_MS 60000

/* What is missing in it, as the time that filling it takes: it is full at full_ms. */
struct bucket {
	char who[RATE_NAME_MAX];
	int64_t full_ms;
};

struct rate {
	pthread_mutex_t lock;
	struct bucket buckets[RATE_BUCKETS];
};

struct rate *rate_new(void)
{
	struct rate *r = calloc(1, sizeof(*r));

	if (!r || pthread_mutex_init(&r->lock, NULL))
		abort();
	return r;
}

void rate_free(struct rate *r)
{
	if (r)
		pthread_mutex_destroy(&r->lock);
	free(r);
}

static struct bucket *bucket_of(struct rate *r, const char who[RATE_NAME_MAX])
{
	struct bucket *fullest = r->buckets;

	for (struct bucket *b = r->buckets; b < r->buckets + RATE_BUCKETS; b++) {
		if (!strcmp(b->who, who))
			return b;
		if (b->full_ms < fullest->full_ms)
			fullest = b;
	}
	memcpy(fullest->who, who, RATE_NAME_MAX);
	fullest->full_ms = 0;
	return fullest;
}

unsigned rate_take(struct rate *r, const char *who, unsigned a_minute, int64_t now_ms)
{
	int64_t each = MINUTE_MS / (int64_t)a_minute, over;
	char name[RATE_NAME_MAX] = "";
	struct bucket *b;

	strncpy(name, who, sizeof(name) - 1);
	pthread_mutex_lock(&r->lock);
	b = bucket_of(r, name);
	if (b->full_ms < now_ms)
		b->full_ms = now_ms;
	over = b->full_ms + each - now_ms - MINUTE_MS;
	if (over <= 0)
		b->full_ms += each;
	pthread_mutex_unlock(&r->lock);
	return over <= 0 ? 0 : (unsigned)((over + 999) / 1000);
}
