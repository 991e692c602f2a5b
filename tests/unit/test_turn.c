#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/turn.h"

static int turns;

static int make(void **state)
{
	(void)state;
	turns = turns_new();
	return turns < 0;
}

static int drop(void **state)
{
	(void)state;
	return close(turns);
}

/* A child of the front with a turn for this uid, until it is killed. What it
 * writes into said: its turn has come. */
static pid_t child_of(uid_t uid, int said[2])
{
	pid_t pid;

	assert_int_equal(pipe(said), 0);
	pid = fork();
	if (pid == 0) {
		turn_take(turns, uid);
		if (write(said[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(said[1]);
	return pid;
}

static bool has_come(int said[2], int seconds)
{
	struct timeval wait = { seconds, seconds ? 0 : 200000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(said[0], &set);
	return select(said[0] + 1, &set, NULL, NULL, &wait) == 1;
}

static void end(pid_t pid, int said[2])
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(said[0]);
}

static void a_uid_has_one_turn_and_keeps_nobody_else_from_the_other(void **state)
{
	int first[2], again[2], other[2];
	pid_t a = child_of(1001, first), b, c;

	(void)state;
	assert_true(has_come(first, 5));
	b = child_of(1001, again);
	assert_false(has_come(again, 0));
	c = child_of(1003, other);
	assert_true(has_come(other, 5));
	end(a, first);
	assert_true(has_come(again, 5));
	end(b, again);
	end(c, other);
}

static void a_third_waits_for_a_turn_that_ends_or_dies(void **state)
{
	int one[2], two[2], three[2];
	pid_t a = child_of(1001, one), b = child_of(1002, two), c;

	(void)state;
	assert_true(has_come(one, 5) && has_come(two, 5));
	c = child_of(4294967294u, three);
	assert_false(has_come(three, 0));
	end(a, one);
	end(b, two);
	assert_true(has_come(three, 5));
	end(c, three);
	turn_take(turns, 1001);
	turn_end(turns);
	a = child_of(1001, one);
	assert_true(has_come(one, 5));
	end(a, one);
}

/* Whichever it is; and who asks again when it ends comes behind. */
static void the_first_that_waits_gets_the_first_turn_that_ends(void **state)
{
	int one[2], two[2], three[2], again[2];
	pid_t a = child_of(1001, one), b = child_of(1002, two), c, d;

	(void)state;
	assert_true(has_come(one, 5) && has_come(two, 5));
	c = child_of(1004, three);
	assert_false(has_come(three, 0));
	d = child_of(1001, again);
	end(a, one);
	assert_true(has_come(three, 5));
	assert_false(has_come(again, 0));
	end(c, three);
	assert_true(has_come(again, 5));
	c = child_of(1003, three);
	assert_false(has_come(three, 0));
	end(b, two);
	assert_true(has_come(three, 5));
	end(c, three);
	end(d, again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uid_has_one_turn_and_keeps_nobody_else_from_the_other),
		cmocka_unit_test(a_third_waits_for_a_turn_that_ends_or_dies),
		cmocka_unit_test(the_first_that_waits_gets_the_first_turn_that_ends),
	};

	return cmocka_run_group_tests_name("turn", tests, make, drop);
}
