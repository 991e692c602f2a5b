#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"

/* Small arenas stay small: blocks double, up to BLOCK_MAX. */
#define BLOCK_MIN 1024
#define BLOCK_MAX ((size_t)4 << 20)
/* From half of this size on a block has pages of its own, huge ones where the kernel
 * lets it: to be given 100 MiB page by page takes longer than to fill them. */
#define BLOCK_HUGE ((size_t)2 << 20)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	size_t mapped;		/* bytes to unmap; 0: to free */
	alignas(max_align_t) char data[];
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* At a multiple of BLOCK_HUGE, which is how long a huge page is or a multiple of
 * that; what is mapped around it goes back. */
static void *map_aligned(size_t all)
{
	char *p = mmap(NULL, all + BLOCK_HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		abort();
	before = round_up((uintptr_t)p, BLOCK_HUGE) - (uintptr_t)p;
	if (before)
		munmap(p, before);
	munmap(p + before + all, BLOCK_HUGE - before);
	return p + before;
}

/* Zeroed; of that size at least. */
static struct arena_block *block_new(size_t size)
{
	size_t all = sizeof(struct arena_block) + size;
	struct arena_block *b;

	if (all < BLOCK_HUGE / 2) {
		b = calloc(1, all);
		if (!b)
			abort();
		b->size = size;
		return b;
	}
	all = round_up(all, BLOCK_HUGE);
	b = map_aligned(all);
	madvise(b, all, MADV_HUGEPAGE);
	b->size = all - sizeof(*b);
	b->mapped = all;
	return b;
}

static void block_free(struct arena_block *b)
{
	if (b->mapped)
		munmap(b, b->mapped);
	else
		free(b);
}

/* What is taken was never written to: it is zero. */
static void *take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->head;
	size_t at;

	if (n > (size_t)-1 / 4)
		abort();
	at = b ? (b->used + align - 1) / align * align : 0;
	if (!b || at > b->size || b->size - at < n) {
		size_t size = b ? b->size * 2 : BLOCK_MIN;

		if (size > BLOCK_MAX)
			size = BLOCK_MAX;
		if (size < n)
			size = n;
		b = block_new(size);
		b->next = a->head;
		a->head = b;
		at = 0;
	}
	b->used = at + n;
	return b->data + at;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return take(a, n, alignof(max_align_t));
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
	struct arena_block *b = a->head;
	size_t room = b ? b->size - b->used : 0;
	va_list again;
	char *s;
	int n;

	/* Where it does not fit, take() leaves the block, with what was written, behind. */
	va_copy(again, ap);
	n = vsnprintf(b ? b->data + b->used : NULL, room, fmt, ap);
	if (n < 0)
		abort();
	s = take(a, (size_t)n + 1, 1);
	if ((size_t)n >= room)
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

void arena_join(struct arena *a, struct arena *from)
{
	struct arena_block **end = &a->head;

	while (*end)
		end = &(*end)->next;
	*end = from->head;
	from->head = NULL;
}

void arena_clear(struct arena *a)
{
	while (a->head) {
		struct arena_block *next = a->head->next;

		block_free(a->head);
		a->head = next;
	}
}
