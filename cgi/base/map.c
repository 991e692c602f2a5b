#include <stdint.h>
#include <string.h>

#include "base/map.h"

struct map_slot {
	const char *key;
	void *value;
};

/* FNV-1a over 64 bits, the seed mixed in first and the result folded. */
static size_t hash(const struct map *m, const char *key)
{
	uint64_t h = 0xcbf29ce484222325u ^ (m->seed * 0x9e3779b97f4a7c15u);

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	return (size_t)(h ^ h >> 29);
}

static struct map_slot *find(const struct map *m, const char *key)
{
	size_t i = hash(m, key) & (m->size - 1);

	while (m->slots[i].key && strcmp(m->slots[i].key, key))
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

static void rehash(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t n = m->size;

	m->size = n ? n * 2 : 64;
	m->slots = arena_zalloc(m->arena, m->size * sizeof(*m->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			*find(m, old[i].key) = old[i];
}

void **map_at(struct map *m, const char *key)
{
	struct map_slot *s;

	if (m->used * 3 >= m->size * 2)
		rehash(m);
	s = find(m, key);
	if (!s->key) {
		s->key = key;
		m->used++;
	}
	return &s->value;
}

void *map_get(const struct map *m, const char *key)
{
	return m->size ? find(m, key)->value : NULL;
}
