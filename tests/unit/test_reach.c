#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/reach.c"

#define OURS "0A7100CB:C001"
#define TARGET "0A0112C6:0019"
#define EXIM "0100007F:0019"
#define MAPPED(place) "0000000000000000FFFF0000" place
struct socket_line {
	char local[PLACE_MAX], remote[PLACE_MAX];
	const char *state;
};

#define LINE(local, remote, state) { local, remote, state }

static bool turned(const struct socket_line *lines)
{
	struct ends x = { .plain = OURS, .mapped = MAPPED(OURS) };

	for (; lines->state; lines++)
		take_line(&x, lines->local, lines->remote, lines->state);
	return is_turned(&x);
}

#define TABLE(...) (const struct socket_line[]){ __VA_ARGS__, { "", "", NULL } }

static void a_socket_here_at_the_other_end_tells_a_redirect(void **state)
{
	(void)state;
	assert_true(turned(TABLE(LINE(OURS, TARGET, "01"), LINE(EXIM, OURS, "01"))));
	assert_true(turned(TABLE(LINE(OURS, TARGET, "01"), LINE(EXIM, OURS, "03"))));
	assert_true(turned(TABLE(LINE(OURS, TARGET, "01"),
				 LINE(MAPPED(EXIM), MAPPED(OURS), "01"))));
	/* Exim has had enough of them, and closes. */
	assert_true(turned(TABLE(LINE(OURS, TARGET, "08"), LINE(EXIM, OURS, "05"))));
	assert_false(turned(TABLE(LINE(OURS, TARGET, "01"))));
}

/* An older connection of this server to itself came from the same port. */
static void a_socket_that_is_over_tells_nothing(void **state)
{
	static const char *const states[] = { "02", "06", "07", "08", "09", "0A", "0B" };

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		assert_false(turned(TABLE(LINE(OURS, TARGET, "01"),
					  LINE(EXIM, OURS, states[i]))));
}

/* A connection that this server has with itself has both of its ends here. */
static void a_connection_to_ourselves_from_the_same_port_is_no_redirect(void **state)
{
	(void)state;
	assert_false(turned(TABLE(LINE(OURS, TARGET, "01"), LINE(EXIM, OURS, "01"),
				  LINE(OURS, EXIM, "01"))));
	assert_false(turned(TABLE(LINE(OURS, TARGET, "01"), LINE(OURS, EXIM, "01"),
				  LINE(MAPPED(EXIM), MAPPED(OURS), "01"))));
}

static void a_greeting_ends_with_a_line_that_is_the_last(void **state)
{
	static const struct {
		const char *text;
		bool whole;
	} greetings[] = {
		{ "", false }, { "220 x", false }, { "220 x\r\n", true }, { "220\r\n", true },
		{ "220-x\r\n", false }, { "220-x\r\n220-y\r\n", false },
		{ "220-x\r\n220 y\r\n", true }, { "220-x\r\n220 y", false }, { "\n", true },
		{ "220-x\r\n\n", true }, { "what?\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++) {
		struct line l = { .have = strlen(greetings[i].text) };

		memcpy(l.in, greetings[i].text, l.have);
		assert_int_equal(is_whole(&l), greetings[i].whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_here_at_the_other_end_tells_a_redirect),
		cmocka_unit_test(a_socket_that_is_over_tells_nothing),
		cmocka_unit_test(a_connection_to_ourselves_from_the_same_port_is_no_redirect),
		cmocka_unit_test(a_greeting_ends_with_a_line_that_is_the_last),
	};

	return cmocka_run_group_tests_name("probe_child", tests, NULL, NULL);
}
