#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/map.h"

struct map_slot {
	const char *key;
	void *value;
	size_t hash;
};

/* FNV-1a over 64 bits, the seed mixed in first and the result folded. */
static size_t hash(const struct map *m, const char *key)
{
	uint64_t h = 0xcbf29ce484222325u ^ (m->seed * 0x9e3779b97f4a7c15u);

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	return (size_t)(h ^ h >> 29);
}

static struct map_slot *find(const struct map *m, const char *key, size_t h)
{
	size_t i = h & (m->size - 1);

	while (m->slots[i].key &&
	       (m->slots[i].hash != h || strcmp(m->slots[i].key, key)))
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

static void resize(struct map *m, size_t size)
{
	struct map_slot *old = m->slots;
	size_t n = m->size;

	m->size = size;
	m->slots = arena_zalloc(m->arena, m->size * sizeof(*m->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			*find(m, old[i].key, old[i].hash) = old[i];
}

static bool is_full(size_t used, size_t size)
{
	return used * 3 >= size * 2;
}

void map_reserve(struct map *m, size_t n)
{
	size_t size = m->size ? m->size : 64;

	while (is_full(n, size))
		size *= 2;
	if (size > m->size)
		resize(m, size);
}

static void **place(struct map *m, const char **key, bool copy)
{
	size_t h = hash(m, *key);
	struct map_slot *s;

	if (is_full(m->used, m->size))
		map_reserve(m, m->used + 1);
	s = find(m, *key, h);
	if (!s->key) {
		s->key = copy ? arena_strdup(m->arena, *key) : *key;
		s->hash = h;
		m->used++;
	}
	*key = s->key;
	return &s->value;
}

void **map_at(struct map *m, const char *key)
{
	return place(m, &key, false);
}

void **map_at_copy(struct map *m, const char **key)
{
	return place(m, key, true);
}

void *map_get(const struct map *m, const char *key)
{
	return m->size ? find(m, key, hash(m, key))->value : NULL;
}
