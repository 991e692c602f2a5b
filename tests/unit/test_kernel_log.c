#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mail/kernel_log.h"
#include "mail/when.h"

#define DAY 86400
#define HEAD "Nov 24 07:19:38 host kernel: [99.1] Firewall: "
#define REST " IN= OUT=eth0 SRC=192.0.2.1 DST=203.0.113.5 LEN=60 PROTO=TCP SPT=4 DPT=587 SYN UID=1001 GID=1001 "

static int64_t noon(int month, int day)
{
	return when_days(2026, month, day) * DAY + DAY / 2;
}

static bool is_read(const char *line, struct kernel_line *out)
{
	return kernel_line_read(slice_of(line), noon(11, 24), out);
}

static void a_line_says_who_wanted_where_and_when(void **state)
{
	struct kernel_line l;
	struct ip ip;

	(void)state;
	assert_true(is_read(HEAD "*TCP_OUT Blocked*" REST, &l));
	assert_true(l.out && l.has_uid && l.uid == 1001 && l.port == 587);
	assert_int_equal(l.wall, when_days(2026, 11, 24) * DAY + 7 * 3600 + 19 * 60 + 38);
	assert_true(is_read("2026-11-24T07:19:38.5+00:00 host kernel: Firewall: *TCP6IN Blocked* "
			    "IN=eth0 OUT= SRC=2001:db8::5 DPT=25", &l));
	ip_parse(&ip, "2001:db8::5");
	assert_true(!l.out && !l.has_uid && l.port == 25 && ip_equal(&l.src, &ip));
}

static void a_time_without_a_year_is_of_the_last_twelve_months(void **state)
{
	const char *line = "Dec 31 23:00:00 host kernel: Firewall: *TCP_OUT Blocked*" REST;
	struct kernel_line l;

	(void)state;
	assert_true(kernel_line_read(slice_of(line), noon(1, 1), &l));
	assert_int_equal(l.wall, when_days(2025, 12, 31) * DAY + 23 * 3600);
	assert_true(kernel_line_read(slice_of(line), noon(12, 31), &l));
	assert_int_equal(l.wall, when_days(2026, 12, 31) * DAY + 23 * 3600);
	assert_false(kernel_line_read(slice_of(line), 0, &l));
}

static void what_is_not_the_kernels_line_is_none(void **state)
{
	static const char *const lines[] = {
		"", HEAD, HEAD "*TCP_OUT Blocked*", HEAD "*UDP_OUT Blocked*" REST,
		"Nov 24 07:19:38 host bob: Firewall: *TCP_OUT Blocked*" REST,
		"Nov 24 07:19:38 host kernel: x Firewall: *TCP_OUT Blocked*" REST,
		"Foo 24 07:19:38 host kernel: Firewall: *TCP_OUT Blocked*" REST,
		"Nov 24 25:19:38 host kernel: Firewall: *TCP_OUT Blocked*" REST,
		HEAD "*TCP_OUT Blocked* SRC=192.0.2.1 DPT=65536 UID=1",
		HEAD "*TCP_IN Blocked* SRC=2001:db8::1 DPT=25",
		HEAD "*TCP_IN Blocked* SRC=192.0.2.1%eth0 DPT=25",
	};
	struct kernel_line l;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (is_read(lines[i], &l))
			fail_msg("taken: %s", lines[i]);
}

static void a_second_value_of_a_field_does_not_replace_the_first(void **state)
{
	struct kernel_line l;

	(void)state;
	assert_true(is_read(HEAD "*TCP_IN Blocked* SRC=192.0.2.1 DPT=25 SRC=192.0.2.9 DPT=26 "
			    "UID=0 UID=7", &l));
	assert_true(l.port == 25 && l.uid == 0 && l.src.bytes[3] == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_who_wanted_where_and_when),
		cmocka_unit_test(a_time_without_a_year_is_of_the_last_twelve_months),
		cmocka_unit_test(what_is_not_the_kernels_line_is_none),
		cmocka_unit_test(a_second_value_of_a_field_does_not_replace_the_first),
	};

	return cmocka_run_group_tests_name("kernel_log", tests, NULL, NULL);
}
