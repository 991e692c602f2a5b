#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Memory with one lifetime: a request has an arena, a scan has an arena, and
 * everything gathered, found and rendered in it goes with it. When memory runs
 * out the process ends (abort; its supervisor starts another), so callers never
 * test for NULL. Not for use by two threads at once.
 */
struct arena {
	struct arena_block *head;
};

#define ARENA_INIT { NULL }

void *arena_zalloc(struct arena *a, size_t n);	/* zeroed, max-aligned */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
__attribute__((format(printf, 2, 3)))
char *arena_printf(struct arena *a, const char *fmt, ...);
__attribute__((format(printf, 2, 0)))
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
/* A grown copy of the array p (n used of *cap elements of size each); p itself
 * when there is room for one more. The old copy stays until arena_clear. */
void *arena_grow(struct arena *a, void *p, size_t n, size_t *cap, size_t each);
/* All that is in `from` now lives as long as what is in a. */
void arena_join(struct arena *a, struct arena *from);
void arena_clear(struct arena *a);

#endif
