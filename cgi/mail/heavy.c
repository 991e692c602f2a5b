#include <stdlib.h>
#include <string.h>

#include "mail/heavy.h"

void heavy_init(struct heavy *h, size_t capacity, uint64_t seed, struct arena *a)
{
	size_t n = 1;

	while (n < 2 * capacity)
		n *= 2;
	*h = (struct heavy){
		.entries = arena_zalloc(a, capacity * sizeof(*h->entries)),
		.slots = arena_zalloc(a, n * sizeof(*h->slots)),
		.capacity = capacity, .nslots = n, .seed = seed,
	};
}

void heavy_clear(struct heavy *h)
{
	h->used = 0;
	h->missed = 0;
	memset(h->slots, 0, h->nslots * sizeof(*h->slots));
}

static struct slice clipped(struct slice name)
{
	return (struct slice){ name.p, name.n < HEAVY_NAME_MAX ? name.n : HEAVY_NAME_MAX };
}

static uint64_t mix(uint64_t x, uint64_t word)
{
	x = (x ^ word) * 0x9fb21c651e98df25u;
	return x ^ x >> 35;
}

/* Eight bytes at a time, since each line of a log counts some names. */
static uint32_t hash(const struct heavy *h, struct slice name)
{
	uint64_t x = h->seed ^ name.n * 0x9e3779b97f4a7c15u, word = 0;

	for (; name.n >= sizeof(word); name.p += sizeof(word), name.n -= sizeof(word)) {
		memcpy(&word, name.p, sizeof(word));
		x = mix(x, word);
	}
	/* A call of memcpy for these would cost more than they. */
	for (word = 0; name.n; name.n--)
		word = word << 8 | (unsigned char)name.p[name.n - 1];
	return (uint32_t)(mix(mix(x, word), h->seed) >> 32);
}

static bool is_entry(const struct heavy *h, const struct heavy_slot *s, uint32_t sum,
		     struct slice name)
{
	const struct heavy_entry *e = &h->entries[s->at - 1];

	return s->hash == sum && e->n == name.n && !memcmp(e->name, name.p, name.n);
}

static struct heavy_slot *slot_of(const struct heavy *h, uint32_t sum, struct slice name)
{
	size_t i = sum & (h->nslots - 1);

	while (h->slots[i].at && !is_entry(h, &h->slots[i], sum, name))
		i = (i + 1) & (h->nslots - 1);
	return &h->slots[i];
}

static int by_count(const void *a, const void *b)
{
	const struct heavy_entry *x = a, *y = b;
	uint64_t p = x->count + x->missed, q = y->count + y->missed;

	if (p != q)
		return p < q ? 1 : -1;
	/* The same input gives the same order. */
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->name, y->name, x->n);
}

void heavy_sort(struct heavy *h)
{
	qsort(h->entries, h->used, sizeof(*h->entries), by_count);
}

static uint64_t most(const struct heavy_entry *e)
{
	return e->count + e->missed;
}

/* The least count that at least half of the names do not exceed. Nearly all are
 * rare, so looking for it among the small numbers is enough; else all are. */
static uint64_t rare_count(const struct heavy *h)
{
	size_t with[64] = { 0 }, n = 0;
	uint64_t all = 0;

	for (size_t i = 0; i < h->used; i++) {
		uint64_t above = most(&h->entries[i]) - h->missed;

		if (most(&h->entries[i]) > all)
			all = most(&h->entries[i]);
		if (most(&h->entries[i]) >= h->missed && above < 64)
			with[above]++;
	}
	for (size_t i = 0; i < 64; i++) {
		n += with[i];
		if (n >= h->used / 2)
			return h->missed + i;
	}
	return all;
}

static void forget_rare(struct heavy *h)
{
	uint64_t limit = rare_count(h);
	size_t kept = 0;

	h->missed = limit;
	memset(h->slots, 0, h->nslots * sizeof(*h->slots));
	for (size_t i = 0; i < h->used; i++) {
		struct heavy_entry *e = &h->entries[kept];
		struct slice name;
		uint32_t sum;

		if (most(&h->entries[i]) <= limit)
			continue;
		if (e != &h->entries[i])
			*e = h->entries[i];
		name = (struct slice){ e->name, e->n };
		sum = hash(h, name);
		*slot_of(h, sum, name) = (struct heavy_slot){ sum, (uint32_t)++kept };
	}
	h->used = kept;
}

void heavy_add(struct heavy *h, struct slice name, uint64_t n)
{
	struct heavy_slot *slot;
	struct heavy_entry *e;
	uint32_t sum;

	if (!name.n)
		return;
	name = clipped(name);
	sum = hash(h, name);
	slot = slot_of(h, sum, name);
	if (slot->at) {
		h->entries[slot->at - 1].count += n;
		return;
	}
	if (h->used == h->capacity) {
		forget_rare(h);
		slot = slot_of(h, sum, name);
	}
	e = &h->entries[h->used++];
	e->count = n;
	e->missed = h->missed;
	e->n = (uint8_t)name.n;
	memcpy(e->name, name.p, name.n);
	*slot = (struct heavy_slot){ sum, (uint32_t)h->used };
}

void heavy_count(struct heavy *h, struct slice name)
{
	heavy_add(h, name, 1);
}

const struct heavy_entry *heavy_find(const struct heavy *h, struct slice name)
{
	uint32_t at;

	name = clipped(name);
	at = name.n ? slot_of(h, hash(h, name), name)->at : 0;
	return at ? &h->entries[at - 1] : NULL;
}
