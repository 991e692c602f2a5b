#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

#include "base/arena.h"

/*
 * Strings to pointers: open addressing, memory from the arena, nothing is ever
 * removed. Keys are not copied and must live as long as the map. The hash is
 * seeded by the caller so that names chosen by strangers cannot be made to
 * collide (0 in tests).
 */
struct map {
	struct arena *arena;
	struct map_slot *slots;
	size_t used, size;
	unsigned long seed;
};

#define MAP_INIT(arena_, seed_) { .arena = (arena_), .seed = (seed_) }

/* Room for n keys at once. */
void map_reserve(struct map *m, size_t n);
/* The place of the value for key, made (NULL) when it was not there. The
 * place is valid until the next key is made. */
void **map_at(struct map *m, const char *key);
/* The same for a key that does not last: *key becomes the map's own copy. */
void **map_at_copy(struct map *m, const char **key);
void *map_get(const struct map *m, const char *key);	/* NULL: absent */

#endif
