#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sources/dns_pace.h"

/* A second in which n answers come; the limit afterwards. */
static unsigned second(struct dns_pace *p, int64_t *now, unsigned answers)
{
	for (unsigned i = 0; i < answers; i++)
		dns_pace_answer(p);
	*now += 1000;
	dns_pace_clock(p, *now);
	return p->rate;
}

static void losses(struct dns_pace *p, unsigned n, int64_t asked, int64_t now)
{
	while (n--)
		dns_pace_loss(p, asked, now);
}

static void the_window_opens_with_every_answer(void **state)
{
	struct dns_pace p;

	(void)state;
	dns_pace_begin(&p, 0);
	assert_int_equal(p.window, DNS_WINDOW_MIN);
	for (int i = 0; i < 1000; i++)
		dns_pace_answer(&p);
	assert_int_equal(p.window, DNS_WINDOW_MAX);
	assert_true(dns_pace_may_send(&p));
}

static void a_few_lost_packets_are_the_networks(void **state)
{
	struct dns_pace p;
	int64_t now = 0;

	(void)state;
	dns_pace_begin(&p, now);
	second(&p, &now, 5000);
	for (int i = 0; i < 1000; i++)
		dns_pace_answer(&p);
	losses(&p, 10, 500, now);
	assert_int_equal(p.rate, 0);
}

static void losses_slow_it_down_to_less_than_was_answered(void **state)
{
	struct dns_pace p;
	int64_t now = 0;

	(void)state;
	dns_pace_begin(&p, now);
	second(&p, &now, 1000);
	losses(&p, 100, 500, now);
	assert_int_equal(p.rate, 900);
}

static void what_was_lost_before_does_not_slow_it_down_again(void **state)
{
	struct dns_pace p;
	int64_t now = 0;

	(void)state;
	dns_pace_begin(&p, now);
	second(&p, &now, 1000);
	losses(&p, 3, 500, now);
	second(&p, &now, 900);
	losses(&p, 500, 900, now);
	assert_true(p.rate >= 900);
	losses(&p, 500, now - 100, now);
	assert_true(p.rate < 900);
}

static void without_losses_it_grows_until_there_is_no_limit(void **state)
{
	struct dns_pace p;
	int64_t now = 0;
	unsigned before, rate;

	(void)state;
	dns_pace_begin(&p, now);
	second(&p, &now, 1000);
	losses(&p, 3, 500, now);
	second(&p, &now, 900);
	for (before = p.rate; (rate = second(&p, &now, before)); before = rate)
		assert_true(rate > before);
	assert_true(before > 10000);
}

static void it_never_stops(void **state)
{
	struct dns_pace p;
	int64_t now = 0;

	(void)state;
	dns_pace_begin(&p, now);
	for (int i = 0; i < 100; i++) {
		losses(&p, 100, now, now);
		second(&p, &now, 0);
	}
	assert_true(p.rate >= DNS_RATE_MIN);
	assert_true(dns_pace_may_send(&p));
}

static void a_limit_is_kept(void **state)
{
	struct dns_pace p;
	int64_t now = 0;
	unsigned sent = 0;

	(void)state;
	dns_pace_begin(&p, now);
	second(&p, &now, 1000);
	losses(&p, 3, 500, now);
	for (int64_t end = now + 999; now < end; now += 10) {
		dns_pace_clock(&p, now);
		for (; dns_pace_may_send(&p); sent++)
			dns_pace_sent(&p);
	}
	assert_in_range(sent, 850, 1000);
}

static void failures_are_suspected_once_and_cleared_when_they_are_true(void **state)
{
	struct dns_pace p;
	int64_t now = 0;

	(void)state;
	dns_pace_begin(&p, now);
	second(&p, &now, 1000);
	for (int i = 0; i < 600; i++) {
		dns_pace_answer(&p);
		dns_pace_failure(&p, false, now);
	}
	assert_int_not_equal(p.rate, 0);
	for (int i = 0; i < 600; i++)
		dns_pace_failure(&p, true, now);
	assert_int_equal(p.rate, 0);
	for (int i = 0; i < 600; i++)
		dns_pace_failure(&p, false, now);
	assert_int_equal(p.rate, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_opens_with_every_answer),
		cmocka_unit_test(a_few_lost_packets_are_the_networks),
		cmocka_unit_test(losses_slow_it_down_to_less_than_was_answered),
		cmocka_unit_test(what_was_lost_before_does_not_slow_it_down_again),
		cmocka_unit_test(without_losses_it_grows_until_there_is_no_limit),
		cmocka_unit_test(it_never_stops),
		cmocka_unit_test(a_limit_is_kept),
		cmocka_unit_test(failures_are_suspected_once_and_cleared_when_they_are_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
