#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/parallel.h"

#define PIECES 5000

struct tally {
	unsigned char done[PIECES];
	struct arena arena[PARALLEL_MAX];
	const char *made[PIECES];
	unsigned highest[PARALLEL_MAX];
};

static void piece(void *ctx, size_t i, unsigned thread)
{
	struct tally *t = ctx;

	t->done[i]++;
	t->highest[thread] = thread + 1;
	t->made[i] = arena_printf(&t->arena[thread], "piece %zu", i);
}

static void every_piece_is_done_once_by_a_thread_that_there_is(void **state)
{
	struct tally t = { .done = { 0 } };
	struct arena all = ARENA_INIT;

	(void)state;
	parallel_run(PIECES, piece, &t);
	for (size_t i = 0; i < PIECES; i++)
		assert_int_equal(t.done[i], 1);
	for (unsigned i = parallel_threads(); i < PARALLEL_MAX; i++)
		assert_int_equal(t.highest[i], 0);
	for (unsigned i = 0; i < PARALLEL_MAX; i++)
		arena_join(&all, &t.arena[i]);
	assert_string_equal(t.made[0], "piece 0");
	assert_string_equal(t.made[PIECES - 1], "piece 4999");
	arena_clear(&all);
}

static void nothing_to_do_is_done_at_once(void **state)
{
	(void)state;
	parallel_run(0, piece, NULL);
}

static void what_is_joined_lives_with_what_was_there(void **state)
{
	struct arena a = ARENA_INIT, b = ARENA_INIT, none = ARENA_INIT;
	const char *first = arena_strdup(&a, "first"), *second = arena_strdup(&b, "second");

	(void)state;
	arena_join(&a, &b);
	arena_join(&a, &none);
	assert_null(b.head);
	arena_strdup(&a, "third");
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	arena_clear(&a);	/* the sanitizer tells of what would be left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_piece_is_done_once_by_a_thread_that_there_is),
		cmocka_unit_test(nothing_to_do_is_done_at_once),
		cmocka_unit_test(what_is_joined_lives_with_what_was_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
