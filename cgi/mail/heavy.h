#ifndef MAIL_HEAVY_H
#define MAIL_HEAVY_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Counts of names in bounded memory, for text that can hold any number of
 * different ones. While there is room every count is exact. When the table is
 * full the rarer ones are forgotten; a name that comes (again) after that may have
 * been seen before, at most `missed` times, so its true count lies between count
 * and count + missed. Frequent names are never forgotten for rare ones.
 */
#define HEAVY_NAME_MAX 255	/* a longer name is cut */

struct heavy_entry {
	uint64_t count, missed;
	uint8_t n;
	char name[HEAVY_NAME_MAX];	/* n bytes, no NUL */
};

struct heavy_slot {
	uint32_t hash, at;	/* index + 1; 0: free */
};

struct heavy {
	struct heavy_entry *entries;	/* used of them are set */
	struct heavy_slot *slots;
	size_t used, capacity, nslots;
	uint64_t seed, missed;	/* of names that come now */
};

/* seed: so that strangers cannot make names collide. */
void heavy_init(struct heavy *h, size_t capacity, uint64_t seed, struct arena *a);
/* As it was when nothing was counted. */
void heavy_clear(struct heavy *h);
/* n more of that name; "" is not counted. */
void heavy_add(struct heavy *h, struct slice name, uint64_t n);
/* One more. */
void heavy_count(struct heavy *h, struct slice name);
const struct heavy_entry *heavy_find(const struct heavy *h, struct slice name);
/* Puts the most frequent first. Nothing can be counted or found after that. */
void heavy_sort(struct heavy *h);

#endif
