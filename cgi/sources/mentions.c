#include <endian.h>
#include <string.h>

#include "sources/mentions.h"

#define FEW 16
#define LINE_BITS ((1u << 27) - 1)

/* So many runs in order are merged; more are sorted anew. */
#define RUNS_MAX 32

/* A radix sort takes this many bits of the start at a time. */
#define DIGIT_BITS 11
#define DIGITS ((64 + DIGIT_BITS - 1) / DIGIT_BITS)
#define DIGIT_VALUES (1u << DIGIT_BITS)

static uint64_t start_of(const char *name)
{
	uint64_t start = 0;
	size_t n = strnlen(name, sizeof(start));

	memcpy(&start, name, n);
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

static void add(struct mentions *s, const char *name, struct mention m)
{
	if (s->n == s->cap)
		mentions_reserve(s, s->n + FEW);
	m.start = start_of(name);
	s->all[s->n++] = m;
}

static uint32_t place(const struct mentions *s, unsigned text, const char *p)
{
	return (uint32_t)(p - s->text[text]);
}

void mentions_add_member(struct mentions *s, const char *name, unsigned list, unsigned line)
{
	add(s, name, (struct mention){
		.at = place(s, list, name), .text = list & 3, .line = line & LINE_BITS,
	});
}

void mentions_add_owner(struct mentions *s, const char *name, const char *owner)
{
	add(s, name, (struct mention){
		.at = place(s, MENTION_OWNERS, name), .text = MENTION_OWNERS,
		.line = owner ? place(s, MENTION_OWNERS, owner) & LINE_BITS : 0,
	});
}

void mentions_add_odd(struct mentions *s, struct mention_told m)
{
	s->odd = arena_grow(&s->arena, s->odd, s->nodd, &s->cap_odd, sizeof(*s->odd));
	s->odd[s->nodd] = m;
	add(s, m.name, (struct mention){ .at = (uint32_t)s->nodd++, .odd = 1 });
}

static unsigned digit(uint64_t start, unsigned i)
{
	return start >> (i * DIGIT_BITS) & (DIGIT_VALUES - 1);
}

static void count_digits(const struct mention *in, size_t n,
			 uint32_t counts[DIGITS][DIGIT_VALUES])
{
	for (size_t i = 0; i < n; i++)
		for (unsigned d = 0; d < DIGITS; d++)
			counts[d][digit(in[i].start, d)]++;
}

/* From `in` to `out` by one digit, of which there are so many of each value. */
static void distribute(const struct mention *in, struct mention *out, size_t n,
		       unsigned d, uint32_t *at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < DIGIT_VALUES; i++) {
		uint32_t count = at[i];

		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		out[at[digit(in[i].start, d)]++] = in[i];
}

static int order(const struct mentions *s, const struct mention *a, const struct mention *b)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return strcmp(mention_name(s, a), mention_name(s, b));
}

/* The first `half` of in and the others, each in order. */
static void merge(const struct mentions *s, const struct mention *in,
		  struct mention *out, size_t half, size_t n)
{
	size_t a = 0, b = half;

	for (size_t i = 0; i < n; i++)
		out[i] = a < half && (b == n || order(s, &in[a], &in[b]) <= 0) ?
			in[a++] : in[b++];
}

/* Of mentions that begin alike, by the whole name, leaving equal ones in their
 * order. A few by insertion: most runs are the mentions of one name. */
static void sort_run(const struct mentions *s, struct mention *run,
		     struct mention *room, size_t n)
{
	if (n > FEW) {
		sort_run(s, run, room, n / 2);
		sort_run(s, run + n / 2, room, n - n / 2);
		merge(s, run, room, n / 2, n);
		memcpy(run, room, n * sizeof(*run));
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct mention m = run[i];
		size_t at = i;

		for (; at && order(s, &run[at - 1], &m) > 0; at--)
			run[at] = run[at - 1];
		run[at] = m;
	}
}

static void sort_anew(struct mentions *s, struct mention *out)
{
	uint32_t (*counts)[DIGIT_VALUES] = arena_zalloc(&s->arena, DIGITS * sizeof(*counts));
	struct mention *in = s->all, *swap;
	size_t run;

	count_digits(in, s->n, counts);
	for (unsigned d = 0; d < DIGITS; d++) {
		if (counts[d][digit(in->start, d)] == s->n)
			continue;	/* all have the same there */
		distribute(in, out, s->n, d, counts[d]);
		swap = in;
		in = out;
		out = swap;
	}
	for (size_t i = 0; i < s->n; i += run) {
		for (run = 1; i + run < s->n && in[i + run].start == in[i].start; run++)
			;
		sort_run(s, in + i, out, run);
	}
	s->all = in;
}

/* Where each run ends that is in order already; 0: there are too many. */
static size_t find_runs(const struct mentions *s, size_t ends[RUNS_MAX])
{
	size_t n = 0;

	for (size_t i = 1; i <= s->n; i++) {
		if (i < s->n && order(s, &s->all[i - 1], &s->all[i]) <= 0)
			continue;
		if (n == RUNS_MAX)
			return 0;
		ends[n++] = i;
	}
	return n;
}

/* Each with the next one, until there is one. */
static void merge_runs(struct mentions *s, struct mention *out, size_t ends[RUNS_MAX], size_t n)
{
	while (n > 1) {
		struct mention *swap = s->all;
		size_t at = 0, merged = 0;

		for (size_t i = 0; i < n; i += 2) {
			size_t end = ends[i + 1 < n ? i + 1 : i];

			merge(s, s->all + at, out + at, ends[i] - at, end - at);
			ends[merged++] = at = end;
		}
		s->all = out;
		out = swap;
		n = merged;
	}
}

/* Panels write their lists in order, or piece by piece. */
void mentions_sort(struct mentions *s)
{
	size_t ends[RUNS_MAX], n = find_runs(s, ends);
	struct mention *out;

	if (n == 1 || !s->n)
		return;
	out = arena_zalloc(&s->arena, s->n * sizeof(*out));
	if (n)
		merge_runs(s, out, ends, n);
	else
		sort_anew(s, out);
}

void mentions_free(struct mentions *s)
{
	arena_clear(&s->arena);
	*s = (struct mentions){ .all = NULL };
}
