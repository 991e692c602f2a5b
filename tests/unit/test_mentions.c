#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/mentions.h"

#define NAMES 5000
#define NAME 24

static char text[NAMES][NAME];
static const char *expected[NAMES];

static int by_name_then_place(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int order = strcmp(x, y);

	return order ? order : x < y ? -1 : x > y;
}

/* What is in the text, by name, and of one name in the order of the lines. */
static void check(size_t n)
{
	struct mentions s = { .text = { text[0] } };

	for (size_t i = 0; i < n; i++) {
		mentions_add_member(&s, text[i], 0, (unsigned)i + 1);
		expected[i] = text[i];
	}
	qsort(expected, n, sizeof(*expected), by_name_then_place);
	mentions_sort(&s);
	assert_int_equal(s.n, n);
	for (size_t i = 0; i < n; i++) {
		struct mention_told m = mention_tell(&s, &s.all[i]);

		assert_ptr_equal(m.name, expected[i]);
		assert_int_equal(m.line, (expected[i] - text[0]) / NAME + 1);
	}
	mentions_free(&s);
}

/* So many runs in order, of names that often begin alike or are the same. */
static void write_runs(size_t n, size_t runs)
{
	size_t each = n / runs + 1;

	for (size_t i = 0; i < n; i++)
		snprintf(text[i], NAME, "%s%04u.example", i % 3 ? "" : "shop-of-",
			 (unsigned)rand() % 10000 % (unsigned)(n / 2 + 1));
	for (size_t i = 0; i < n; i += each)
		qsort(text[i], n - i < each ? n - i : each, NAME,
		      (int (*)(const void *, const void *))strcmp);
}

static void mentions_come_by_name_however_many_runs_there_were(void **state)
{
	static const size_t runs[] = { 1, 2, 3, 8, 31, 32, 33, 100, NAMES };

	(void)state;
	srand(1);
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		write_runs(NAMES, runs[i]);
		check(NAMES);
	}
}

static void a_few_mentions_or_none_are_sorted_too(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++)
		for (size_t runs = 1; runs <= n + 1; runs += 3) {
			write_runs(n, runs);
			check(n);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mentions_come_by_name_however_many_runs_there_were),
		cmocka_unit_test(a_few_mentions_or_none_are_sorted_too),
	};

	return cmocka_run_group_tests_name("mentions", tests, NULL, NULL);
}
