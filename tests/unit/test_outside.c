#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mail/outside.h"
#include "mail/probe.h"

#define OWN "203.0.113.10"
#define OWN6 "2001:db8:10::10"
#define BESIDE "192.0.2.10"
#define TRY(to, port, rest) "try nobody " to " " port " " rest "\n"
#define ANSWERS "connected 0 9 - left there 220 mx.example ESMTP"

static const struct {
	const char *text;	/* the first line is the one that is judged */
	enum outside_verdict want;
} cases[] = {
	{ TRY(OWN, "25", ANSWERS), OUTSIDE_REACHABLE },
	{ TRY(OWN, "465", "connected 0 9 - left there "), OUTSIDE_REACHABLE },
	/* led back by the server that asks, as WHM's SMTP Restrictions do it */
	{ TRY(OWN, "25", "connected 0 0 - left here 220 sister.example ESMTP"), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "not_tried 0 0 - left there "), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "no_route 101 0 - left there "), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "failed 13 0 - left there "), OUTSIDE_UNKNOWN },

	{ TRY(OWN, "25", "timeout 110 4000 - left there "), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "timeout 110 4000 - left there ") TRY(BESIDE, "25", ANSWERS), OUTSIDE_DROPPED },
	{ TRY(OWN, "25", "timeout 110 4000 - kept there ") TRY(BESIDE, "25", ANSWERS), OUTSIDE_UNKNOWN },
	/* what proves nothing: another port, another family, one that ends at the asker,
	 * one that says nothing, the very same address */
	{ TRY(OWN, "25", "timeout 110 4000 - left there ") TRY(BESIDE, "587", ANSWERS), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "timeout 110 4000 - left there ") TRY(OWN6, "25", ANSWERS), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "timeout 110 4000 - left there ")
	  TRY(BESIDE, "25", "connected 0 0 - left here 220 x"), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "timeout 110 4000 - left there ")
	  TRY(BESIDE, "25", "connected 0 0 - left there "), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "25", "timeout 110 4000 - left there ") TRY(OWN, "25", ANSWERS), OUTSIDE_UNKNOWN },

	{ TRY(OWN, "587", "reset 111 9 - left there "), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "587", "reset 111 9 - left there ") TRY(BESIDE, "587", ANSWERS), OUTSIDE_REFUSED },
	{ TRY(OWN, "587", "rejected 111 9 " OWN " left there "), OUTSIDE_REFUSED },
	{ TRY(OWN, "587", "rejected 113 9 198.51.100.1 left there "), OUTSIDE_UNKNOWN },
	{ TRY(OWN, "587", "rejected 113 9 198.51.100.1 left there ") TRY(BESIDE, "587", ANSWERS),
	  OUTSIDE_REFUSED },
	{ TRY(OWN, "587", "rejected 111 0 198.51.100.2 kept there ") TRY(BESIDE, "587", ANSWERS),
	  OUTSIDE_UNKNOWN },
};

static void a_failure_is_the_far_ends_only_where_that_is_proved(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena a = ARENA_INIT;
		struct facts f = { .now = 1 };
		struct outside_view v;
		char text[600] = "probe 1 1 -\n";

		strcat(text, cases[i].text);
		probe_read(slice_of(text), &a, &f.ports.outside.probe);
		assert_true(f.ports.outside.probe.ntries > 0);
		v = outside_judge(&f, &f.ports.outside.probe.tries[0], &a);
		if (v.verdict != cases[i].want)
			fail_msg("%s is %s", cases[i].text, outside_verdict_name(v.verdict));
		assert_non_null(v.why);
		arena_clear(&a);
	}
}

static void a_host_beside_it_is_no_port_of_the_servers(void **state)
{
	struct arena a = ARENA_INIT;
	struct ip own;
	struct facts f = { .own = &own, .nown = 1 };
	const char *text = "probe 1 1 -\n" TRY(BESIDE, "25", ANSWERS) TRY(OWN, "25", ANSWERS);
	size_t i = 0;

	(void)state;
	ip_parse(&own, OWN);
	probe_read(slice_of(text), &a, &f.ports.outside.probe);
	assert_true(ip_equal(&outside_next(&f, &i)->to, &own));
	assert_null(outside_next(&f, &i));
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_is_the_far_ends_only_where_that_is_proved),
		cmocka_unit_test(a_host_beside_it_is_no_port_of_the_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
