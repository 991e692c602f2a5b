#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/outbound.h"

#define NOW 1795521600	/* 2026-11-24 12:00:00 UTC */
#define OLD "2026-11-23 11:00:00 "
#define AT "2026-11-24 11:30:00 "
#define ID "1xVkoU-00003f-0g "
#define ID2 "1xVkoU-00003f-0h "

/* What the lines, the last one NULL, leave in the facts. */
static struct facts look(struct arena *a, const char *const *lines)
{
	struct facts f = { .now = NOW };
	struct ip *own = arena_zalloc(a, sizeof(*own));
	struct outbound_look *l;
	static struct facts kept;

	ip_parse(own, "203.0.113.10");
	f.own = own;
	f.nown = 1;
	kept = f;
	l = outbound_look_new(&kept, a, NULL);
	for (; *lines; lines++)
		outbound_look_line(l, slice_of(*lines));
	return kept;
}

#define LOOK(...) look(&a, (const char *const[]){ __VA_ARGS__, NULL })

static void a_delivery_to_port_25_is_counted_in_its_family(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = LOOK(
		OLD ID "=> x@a.example R=lookuphost T=remote_smtp H=mx.a.example [192.0.2.10] C=\"250 OK\"",
		AT ID2 "=> x@b.example R=lookuphost T=dkim_remote_smtp H=mx.b.example [198.18.1.10]:25 X=TLS1.3 C=\"250 OK\"",
		AT ID2 "-> y@b.example R=lookuphost T=dkim_remote_smtp H=mx.b.example [198.18.1.10] C=\"250 OK\"",
		AT ID2 "=> x@c.example R=lookuphost T=remote_smtp H=mx.c.example [2001:db8:a::10]* C=\"250 OK\"");

	(void)state;
	assert_int_equal(f.ports.log[0].delivered, 2);
	assert_int_equal(f.ports.log[0].last_delivered, NOW - 1800);
	assert_string_equal(f.ports.log[0].last_host, "mx.b.example");
	assert_int_equal(f.ports.log[0].nhosts, 2);
	assert_string_equal(f.ports.log[0].host_name[0], "mx.b.example");
	assert_string_equal(f.ports.log[0].host_name[1], "mx.a.example");
	assert_int_equal(f.ports.log[1].delivered, 1);
	arena_clear(&a);
}

static void what_is_no_delivery_over_port_25_is_not_counted(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = LOOK(
		AT ID "=> x@a.example R=smarthost T=remote_smtp H=relay.a.example [192.0.2.10]:587 C=\"250 OK\"",
		AT ID "=> x <x@a.example> R=virtual_user T=dovecot_virtual_delivery C=\"250 Saved H=mx [192.0.2.10]\"",
		AT ID "=> x@a.example R=lookuphost T=remote_smtp H=localhost [127.0.0.1] C=\"250 OK\"",
		AT ID "=> x@a.example R=lookuphost T=remote_smtp H=self [203.0.113.10] C=\"250 OK\"",
		AT ID "=> x@a.example R=lookuphost T=remote_smtp_not H=mx [192.0.2.10] C=\"250 OK\"",
		AT ID "<= x@a.example H=mx [192.0.2.10] P=esmtp S=1 T=\"=> x T=remote_smtp H=mx [192.0.2.10]\"",
		AT "H=mx [192.0.2.10] Connection timed out");

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(f.ports.log[i].delivered, 0);
		assert_int_equal(f.ports.log[i].timed_out, 0);
		assert_int_equal(f.ports.log[i].nhosts, 0);
	}
	arena_clear(&a);
}

static void failures_are_counted_by_their_reason_in_either_wording(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = LOOK(
		AT ID "H=mx.a.example [192.0.2.10] Connection timed out",
		AT ID "== x@a.example R=lookuphost T=remote_smtp defer (110): Connection timed out",
		AT ID2 "H=mx.b.example [198.18.1.10]: SMTP timeout after initial connection: Connection timed out",
		AT ID2 "== x@b.example R=lookuphost T=remote_smtp defer (110): Connection timed out H=mx.b.example [198.18.1.10]: SMTP timeout after initial connection",
		AT "1xVkoU-00003f-0i == x@c.example R=lookuphost T=remote_smtp defer (110): Connection timed out H=mx.c.example [198.19.1.10]: SMTP timeout after initial connection",
		AT ID "H=mx.d.example [192.0.2.20] Connection refused",
		AT ID "H=mx.d.example [2001:db8::1] Network is unreachable",
		AT ID "H=mx.e.example [192.0.2.30]: SMTP error from remote mail server after RCPT TO:<x@y>: 451 Connection timed out",
		OLD ID "H=mx.f.example [192.0.2.40] Connection timed out");

	(void)state;
	assert_int_equal(f.ports.log[0].timed_out, 3);
	assert_int_equal(f.ports.log[0].refused, 1);
	assert_int_equal(f.ports.log[0].hosts_failed, 4);
	assert_int_equal(f.ports.log[1].no_route, 1);
	arena_clear(&a);
}

static void two_unrelated_hosts_are_kept_the_latest_first(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = LOOK(
		AT ID "=> x@a R=l T=remote_smtp H=mx1.a.example [192.0.2.10]",
		AT ID "=> x@b R=l T=remote_smtp H=mx.b.example [198.18.1.10]",
		AT ID "=> x@a R=l T=remote_smtp H=mx2.a.example [198.51.100.7]",
		AT ID "=> x@p R=l T=remote_smtp H=inside.p.example [10.1.2.3]",
		AT ID "=> x@c R=l T=remote_smtp H=mx.c.example [198.51.100.8]");

	(void)state;
	assert_int_equal(f.ports.log[0].nhosts, 2);
	assert_string_equal(f.ports.log[0].host_name[0], "mx.c.example");
	assert_string_equal(f.ports.log[0].host_name[1], "mx.b.example");
	arena_clear(&a);
}

static void only_a_host_error_is_a_failure_to_keep(void **state)
{
	(void)state;
	assert_true(outbound_is_failure(SLICE(AT ID "H=mx [192.0.2.10] Connection timed out")));
	assert_false(outbound_is_failure(SLICE(AT ID "H=mx [192.0.2.10] F=<a@b> rejected after DATA: x remote_smtp")));
	assert_false(outbound_is_failure(SLICE(AT "H=mx [192.0.2.10] Connection timed out")));
	assert_false(outbound_is_failure(SLICE(AT ID "== x@a T=remote_smtp defer (110): Connection timed out")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delivery_to_port_25_is_counted_in_its_family),
		cmocka_unit_test(what_is_no_delivery_over_port_25_is_not_counted),
		cmocka_unit_test(failures_are_counted_by_their_reason_in_either_wording),
		cmocka_unit_test(two_unrelated_hosts_are_kept_the_latest_first),
		cmocka_unit_test(only_a_host_error_is_a_failure_to_keep),
	};

	return cmocka_run_group_tests_name("outbound", tests, NULL, NULL);
}
