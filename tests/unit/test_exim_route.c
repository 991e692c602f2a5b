#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/exim_route.h"

/* The texts are those that Exim 4.96 printed for a small configuration. */

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static struct exim_route route(const char *text)
{
	struct exim_route r;

	exim_route_parse(slice_of(text), &arena, &r);
	return r;
}

static void a_local_mailbox(void **state)
{
	struct exim_route r = route("postmaster@local.example\n"
		"  router = virtual_user, transport = dovecot_virtual_delivery\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_LOCAL);
	assert_string_equal(r.address, "postmaster@local.example");
	assert_string_equal(r.router, "virtual_user");
	assert_string_equal(r.transport, "dovecot_virtual_delivery");
	assert_null(r.asked);
	assert_int_equal(r.nhosts, 0);
}

static void another_host_with_its_exchangers(void **state)
{
	struct exim_route r = route("x@remote.example\n"
		"  router = lookuphost, transport = remote_smtp\n"
		"  host mx1.example     [2001:db8::1] MX=5\n"
		"  host mx1.example     [192.0.2.1]   MX=5\n"
		"  host mx22222.example [192.0.2.22]  MX=10 port=26 ** unusable **\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_REMOTE);
	assert_int_equal(r.nhosts, 3);
	assert_string_equal(r.hosts[0].name, "mx1.example");
	assert_int_equal(r.hosts[0].ip.family, 6);
	assert_int_equal(r.hosts[0].mx, 5);
	assert_int_equal(r.hosts[2].mx, 10);
	assert_int_equal(r.hosts[2].port, 26);
	assert_true(r.hosts[2].unusable);
	assert_false(r.hosts[1].unusable);
}

static void a_host_without_mx_or_address(void **state)
{
	struct exim_route r = route("x@remote.example\n"
		"  router = smarthost, transport = remote_smtp\n"
		"  host relay.example [unknown]\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_REMOTE);
	assert_int_equal(r.hosts[0].mx, -1);
	assert_int_equal(r.hosts[0].ip.family, 0);
}

static void delivery_over_loopback_stays_here(void **state)
{
	struct exim_route r = route("bob@local.example\n"
		"  router = virtual_user, transport = dovecot_lmtp\n"
		"  host localhost [127.0.0.1] port=24\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_LOCAL);
}

static void a_transport_that_names_its_own_hosts_leaves(void **state)
{
	(void)state;
	assert_int_equal(route("x@remote.example\n"
		"  router = smarthost, transport = remote_smtp\n").kind,
		EXIM_ROUTE_REMOTE);
}

static void failures_with_and_without_a_reason(void **state)
{
	struct exim_route r = route("nobody@local.example is undeliverable: No Such User Here\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_FAIL);
	assert_string_equal(r.address, "nobody@local.example");
	assert_string_equal(r.why, "No Such User Here");
	r = route("nobody@local.example is undeliverable\n");
	assert_int_equal(r.kind, EXIM_ROUTE_FAIL);
	assert_null(r.why);
	r = route("x@[192.0.2.1] is undeliverable: mail domain \"[192.0.2.1]\" is syntactically invalid\n");
	assert_string_equal(r.address, "x@[192.0.2.1]");
}

static void a_deferral_comes_after_the_log_line_it_wrote(void **state)
{
	struct exim_route r = route("LOG: MAIN\n"
		"  lowest numbered MX record points to local host: self.example (while routing <x@self.example>)\n"
		"x@self.example cannot be resolved at this time: lowest numbered MX record points to local host\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_DEFER);
	assert_string_equal(r.address, "x@self.example");
	assert_string_equal(r.why, "lowest numbered MX record points to local host");
}

static void a_discarded_message_stays_here(void **state)
{
	struct exim_route r = route("mail to black@local.example is discarded\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_LOCAL);
	assert_string_equal(r.address, "black@local.example");
	assert_non_null(r.why);
}

static void an_alias_keeps_the_address_asked_for(void **state)
{
	struct exim_route r = route("bob@local.example\n"
		"    <-- two@local.example\n"
		"    <-- one@local.example\n"
		"  router = virtual_user, transport = dovecot_virtual_delivery\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_LOCAL);
	assert_string_equal(r.address, "bob@local.example");
	assert_string_equal(r.asked, "one@local.example");
}

static void an_address_with_many_targets_gives_them_all(void **state)
{
	static const char text[] =
		"al@local.example -> |/bin/cat foo\n"
		"  transport = address_pipe\n"
		"al@local.example -> /var/spool/file\n"
		"  transport = address_file\n"
		"x@manual.example cannot be resolved at this time: lookup failed\n"
		"    <-- al@local.example\n"
		"bob@local.example\n"
		"    <-- al@local.example\n"
		"  router = virtual_user, transport = dovecot_virtual_delivery\n";
	const struct exim_route *all;
	struct exim_route r = route(text);

	(void)state;
	assert_int_equal(exim_routes(slice_of(text), &arena, &all), 4);
	assert_string_equal(all[0].address, "|/bin/cat foo");
	assert_string_equal(all[0].asked, "al@local.example");
	assert_string_equal(all[1].transport, "address_file");
	assert_int_equal(all[1].kind, EXIM_ROUTE_LOCAL);
	assert_int_equal(r.kind, EXIM_ROUTE_DEFER);
	assert_non_null(strstr(r.text, "virtual_user"));
}

static void a_duplicate_counts_as_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(route("bob@local.example   [duplicate, would not be delivered]\n"
		"    <-- one@local.example\n"
		"  router = virtual_user, transport = dovecot_virtual_delivery\n").kind,
		EXIM_ROUTE_LOCAL);
}

static void a_quoted_local_part_cannot_pose_as_a_verdict(void **state)
{
	struct exim_route r = route("\"a is undeliverable: b\"@local.example\n"
		"  router = virtual_user, transport = dovecot_virtual_delivery\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_LOCAL);
	assert_string_equal(r.address, "\"a is undeliverable: b\"@local.example");
}

static void a_syntax_error_fails(void **state)
{
	struct exim_route r = route("syntax error: domain missing or malformed\n");

	(void)state;
	assert_int_equal(r.kind, EXIM_ROUTE_FAIL);
	assert_null(r.address);
}

static void what_is_not_understood_is_unknown(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "exim: could not open /etc/exim.conf\n", "  router = x\n",
		"> ", "LOG: MAIN PANIC DIE\n  out of memory\n", "a@b.example\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (route(texts[i]).kind != EXIM_ROUTE_UNKNOWN)
			fail_msg("%s", texts[i]);
	assert_string_equal(exim_route_kind_name(EXIM_ROUTE_UNKNOWN), "unknown");
	assert_string_equal(exim_route_kind_name(EXIM_ROUTE_DEFER), "defer");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_local_mailbox),
		TEST(another_host_with_its_exchangers),
		TEST(a_host_without_mx_or_address),
		TEST(delivery_over_loopback_stays_here),
		TEST(a_transport_that_names_its_own_hosts_leaves),
		TEST(failures_with_and_without_a_reason),
		TEST(a_deferral_comes_after_the_log_line_it_wrote),
		TEST(a_discarded_message_stays_here),
		TEST(an_alias_keeps_the_address_asked_for),
		TEST(an_address_with_many_targets_gives_them_all),
		TEST(a_duplicate_counts_as_what_it_is),
		TEST(a_quoted_local_part_cannot_pose_as_a_verdict),
		TEST(a_syntax_error_fails),
		TEST(what_is_not_understood_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
