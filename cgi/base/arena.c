#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define BLOCK_MIN (64u * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static void *take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->head;
	size_t at;

	if (n > (size_t)-1 / 4)
		abort();
	at = b ? (b->used + align - 1) / align * align : 0;
	if (!b || at > b->size || b->size - at < n) {
		/* Small arenas stay small: blocks double up to BLOCK_MIN. */
		size_t size = b ? b->size * 2 : 1024;

		if (size > BLOCK_MIN)
			size = BLOCK_MIN;
		if (size < n)
			size = n;
		b = malloc(sizeof(*b) + size);
		if (!b)
			abort();
		b->next = a->head;
		b->size = size;
		a->head = b;
		at = 0;
	}
	b->used = at + n;
	return b->data + at;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(take(a, n, alignof(max_align_t)), 0, n);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = take(a, n + 1, 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		abort();
	s = take(a, (size_t)n + 1, 1);
	vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void *arena_grow(struct arena *a, void *p, size_t n, size_t *cap, size_t each)
{
	void *q;

	if (n < *cap)
		return p;
	if (*cap > (size_t)-1 / 4 / each)
		abort();
	*cap = *cap ? *cap * 2 : 8;
	q = arena_zalloc(a, *cap * each);
	if (n)
		memcpy(q, p, n * each);
	return q;
}

void arena_clear(struct arena *a)
{
	while (a->head) {
		struct arena_block *next = a->head->next;

		free(a->head);
		a->head = next;
	}
}
