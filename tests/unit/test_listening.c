#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mail/listening.h"

#define REST " 00000000:00000000 00:00000000 00000000 "

/* As a little-endian kernel prints it. */
static const char text[] =
	"tcp   0: 00000000:0019 00000000:0000 0A" REST "   47        0 1001 1 0 100 0 0 10 0\n"
	"tcp   1: 0100007F:0801 00000000:0000 0A" REST "    0        0 1002 1 0 100 0 0 10 0\n"
	"tcp   2: 0A7100CB:024B 00000000:0000 0A" REST "    0        0 1003 1 0 100 0 0 10 0\n"
	"tcp   3: 0A7100CB:0019 0A0200C0:C001 01" REST "    0        0 1009 1 0 100 0 0 10 0\n"
	"tcp6  0: 00000000000000000000000000000000:0019 00000000000000000000000000000000:0000 0A" REST "    0        0 1004 1 0\n"
	"tcp6  1: 00000000000000000000000000000000:01D1 00000000000000000000000000000000:0000 0A" REST "    0        0 1005 1 0\n"
	"tcp6  2: B80D0120000010000000000010000000:001A 00000000000000000000000000000000:0000 0A" REST "    0        0 1006 1 0\n"
	"process 1001 871 exim\n"
	"process 1004 871 exim\n"
	"process 1005 99 a\x1b[2J b\n"
	"process 9999 1 nobody's\n";

static size_t read_all(struct arena *a, const struct listener **all)
{
	return listening_read(SLICE(text), a, all);
}

static void each_listening_socket_is_told_with_its_process(void **state)
{
	struct arena a = ARENA_INIT;
	const struct listener *all;
	char ip[IP_TEXT_MAX];

	(void)state;
	assert_int_equal(read_all(&a, &all), 6);
	assert_int_equal(all[0].port, 25);
	assert_true(all[0].any);
	assert_int_equal(all[0].ip.family, 4);
	assert_int_equal(all[0].uid, 47);
	assert_int_equal(all[0].pid, 871);
	assert_string_equal(all[0].program, "exim");
	assert_int_equal(all[1].ip.family, 6);
	assert_string_equal(ip_text(ip, &all[2].ip), "2001:db8:10::10");
	assert_string_equal(all[3].program, "a?[2J b");
	assert_null(all[4].program);
	assert_string_equal(ip_text(ip, &all[4].ip), "203.0.113.10");
	arena_clear(&a);
}

static void a_port_is_served_by_what_is_bound_to_it(void **state)
{
	struct arena a = ARENA_INIT;
	const struct listener *all;
	struct ip own, other;
	size_t n = read_all(&a, &all);
	bool maybe;

	(void)state;
	ip_parse(&own, "203.0.113.10");
	ip_parse(&other, "203.0.113.11");
	assert_int_equal(listening_find(all, n, 4, 25, NULL, &maybe)->inode, 1001);
	assert_false(maybe);
	assert_int_equal(listening_find(all, n, 6, 25, NULL, &maybe)->inode, 1004);
	assert_int_equal(listening_find(all, n, 4, 587, &own, &maybe)->inode, 1003);
	assert_null(listening_find(all, n, 4, 587, &other, &maybe));
	assert_null(listening_find(all, n, 6, 587, NULL, &maybe));
	assert_null(listening_find(all, n, 4, 26, NULL, &maybe));
	arena_clear(&a);
}

static void loopback_alone_serves_nobody(void **state)
{
	struct arena a = ARENA_INIT;
	const struct listener *all;
	size_t n = read_all(&a, &all);
	struct ip loopback;
	bool maybe;

	(void)state;
	ip_parse(&loopback, "127.0.0.1");
	assert_null(listening_find(all, n, 4, 2049, NULL, &maybe));
	assert_non_null(listening_find(all, n, 4, 2049, &loopback, &maybe));
	arena_clear(&a);
}

static void an_ipv6_socket_may_serve_ipv4(void **state)
{
	struct arena a = ARENA_INIT;
	const struct listener *all;
	size_t n = read_all(&a, &all);
	bool maybe;

	(void)state;
	assert_int_equal(listening_find(all, n, 4, 465, NULL, &maybe)->inode, 1005);
	assert_true(maybe);
	listening_find(all, n, 6, 465, NULL, &maybe);
	assert_false(maybe);
	arena_clear(&a);
}

static void odd_lines_are_passed_over(void **state)
{
	struct arena a = ARENA_INIT;
	const struct listener *all;

	(void)state;
	assert_int_equal(listening_read(SLICE(
		"tcp 0: 00000000:19 00000000:0000 0A x x x 0 0 1\n"
		"tcp 0: 0000000G:0019 00000000:0000 0A" REST "0 0 1\n"
		"tcp 0: 00000000:0019 00000000:0000 0A" REST "-1 0 1\n"
		"tcp6 0: 00000000:0019 00000000:0000 0A" REST "0 0 1\n"
		"tcp 0: 00000000:0019\n"
		"udp 0: 00000000:0019 00000000:0000 0A" REST "0 0 1\n"
		"process\nprocess x y z\n\n"), &a, &all), 0);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_listening_socket_is_told_with_its_process),
		cmocka_unit_test(a_port_is_served_by_what_is_bound_to_it),
		cmocka_unit_test(loopback_alone_serves_nobody),
		cmocka_unit_test(an_ipv6_socket_may_serve_ipv4),
		cmocka_unit_test(odd_lines_are_passed_over),
	};

	return cmocka_run_group_tests_name("listening", tests, NULL, NULL);
}
