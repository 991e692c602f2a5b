#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/refusals.h"

static struct arena arena;
static struct facts f;

static struct refusal_look *begin(void)
{
	arena_clear(&arena);
	memset(&f, 0, sizeof(f));
	return refusal_look_new(&arena);
}

static void note(struct refusal_look *l, const char *domain, int64_t at)
{
	refusal_note(l, slice_of(domain), at);
}

static void what_was_named_most_comes_first(void **state)
{
	struct refusal_look *l = begin();

	(void)state;
	note(l, "once.example", 5);
	note(l, "Often.Example", 9);
	note(l, "often.example", 7);
	refusal_look_end(l, &f);
	assert_int_equal(f.nrefused, 2);
	assert_string_equal(f.refused[0].domain, "often.example");
	assert_int_equal(f.refused[0].count, 2);
	assert_int_equal(f.refused[0].last, 9);
	assert_string_equal(f.refused[1].domain, "once.example");
}

static void what_is_no_domain_is_passed_over(void **state)
{
	struct refusal_look *l = begin();
	static const char nul[] = "a.exa\0mple";
	char longest[300];

	(void)state;
	note(l, "", 1);
	note(l, "localhost", 1);
	note(l, "a b.example", 1);
	note(l, "<script>.example", 1);
	note(l, "a.example.", 1);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	longest[100] = '.';
	note(l, longest, 1);
	refusal_note(l, (struct slice){ nul, sizeof(nul) - 1 }, 1);
	refusal_look_end(l, &f);
	assert_int_equal(f.nrefused, 0);
}

/* A probe names ten thousand domains between two real refusals. */
static void a_flood_of_names_does_not_wash_away_a_real_one(void **state)
{
	struct refusal_look *l = begin();
	char name[40];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "n%d.flood.example", i);
		note(l, name, i);
		if (i % 100 == 0)
			note(l, "real.example", i);
	}
	refusal_look_end(l, &f);
	assert_int_equal(f.nrefused, REFUSALS_TOLD);
	assert_string_equal(f.refused[0].domain, "real.example");
	assert_int_equal(f.refused[0].last, 9900);
}

static int end(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_named_most_comes_first),
		cmocka_unit_test(what_is_no_domain_is_passed_over),
		cmocka_unit_test(a_flood_of_names_does_not_wash_away_a_real_one),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
