#include <endian.h>
#include <string.h>

#include "sources/mentions.h"

#define START_BYTES sizeof(uint64_t)
#define FEW 16

static uint64_t start_of(const char *name)
{
	size_t n = strlen(name);
	uint64_t start = 0;

	memcpy(&start, name, n < START_BYTES ? n : START_BYTES);
	return be64toh(start);
}

void mentions_reserve(struct mentions *s, size_t n)
{
	struct mention *all = arena_zalloc(&s->arena, (s->n + n) * sizeof(*all));

	if (s->n)
		memcpy(all, s->all, s->n * sizeof(*all));
	s->all = all;
	s->cap = s->n + n;
}

void mentions_add(struct mentions *s, struct mention m)
{
	s->all = arena_grow(&s->arena, s->all, s->n, &s->cap, sizeof(*s->all));
	m.start = start_of(m.name);
	s->all[s->n++] = m;
}

/* One pass of a radix sort, by the byte at `shift`, from `in` to `out`; false when
 * all have the same there and nothing was done. */
static int distribute(const struct mention *in, struct mention *out, size_t n,
		      unsigned shift)
{
	size_t at[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[in[i].start >> shift & 255]++;
	if (at[in[0].start >> shift & 255] == n)
		return 0;
	for (size_t i = 0; i < 256; i++) {
		size_t count = at[i];

		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		out[at[in[i].start >> shift & 255]++] = in[i];
	return 1;
}

static void merge(struct mention *in, struct mention *out, size_t half, size_t n)
{
	size_t a = 0, b = half;

	for (size_t i = 0; i < n; i++)
		out[i] = a < half && (b == n || strcmp(in[a].name, in[b].name) <= 0) ?
			in[a++] : in[b++];
	memcpy(in, out, n * sizeof(*in));
}

/* Of mentions that begin alike, by the whole name, leaving equal ones in their
 * order. A few by insertion: most runs are the mentions of one name. */
static void sort_run(struct mention *run, struct mention *room, size_t n)
{
	if (n > FEW) {
		sort_run(run, room, n / 2);
		sort_run(run + n / 2, room, n - n / 2);
		merge(run, room, n / 2, n);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct mention m = run[i];
		size_t at = i;

		for (; at && strcmp(run[at - 1].name, m.name) > 0; at--)
			run[at] = run[at - 1];
		run[at] = m;
	}
}

void mentions_sort(struct mentions *s)
{
	struct mention *in = s->all, *out, *swap;
	size_t run;

	if (s->n < 2)
		return;
	out = arena_zalloc(&s->arena, s->n * sizeof(*out));
	for (unsigned shift = 0; shift < 8 * START_BYTES; shift += 8)
		if (distribute(in, out, s->n, shift)) {
			swap = in;
			in = out;
			out = swap;
		}
	for (size_t i = 0; i < s->n; i += run) {
		for (run = 1; i + run < s->n && in[i + run].start == in[i].start; run++)
			;
		sort_run(in + i, out, run);
	}
	s->all = in;
	s->cap = s->n;
}

void mentions_free(struct mentions *s)
{
	arena_clear(&s->arena);
	*s = (struct mentions){ .all = NULL };
}
