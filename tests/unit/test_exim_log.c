#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/arrivals.h"
#include "mail/exim_log.h"
#include "mail/when.h"

static struct exim_log_line parse(const char *text)
{
	struct exim_log_line x;

	exim_log_parse(slice_of(text), &x);
	return x;
}

static bool ip_is(const struct exim_log_host *h, const char *text)
{
	char out[IP_TEXT_MAX];

	return h->ip.family && !strcmp(ip_text(out, &h->ip), text);
}

#define TS "2026-11-24 07:19:38 "
#define ID "1xVkoU-00003j-0q "

/* ---- lines ------------------------------------------------------------ */

static void an_arrival_names_its_client_and_recipients(void **state)
{
	struct exim_log_line x = parse(TS ID "<= user@sender.example H=client.example (helo.example) [198.51.100.77]:37143 P=esmtp S=319 id=abc@client T=\"to [1.2.3.4] for x\" for alice@local.example bob@other.example");

	(void)state;
	assert_int_equal(x.type, EXIM_LOG_ARRIVAL);
	assert_true(slice_eq(x.msgid, "1xVkoU-00003j-0q"));
	assert_true(slice_eq(x.sender, "user@sender.example"));
	assert_true(slice_eq(x.host.name, "client.example"));
	assert_true(slice_eq(x.host.helo, "helo.example"));
	assert_true(ip_is(&x.host, "198.51.100.77"));
	assert_int_equal(x.host.port, 37143);
	assert_false(x.login.n || x.host.ambiguous);
	assert_true(slice_eq(x.rcpts, "alice@local.example bob@other.example"));
	assert_true(slice_eq(exim_log_domain(x.sender), "sender.example"));
}

static void a_login_counts_in_its_own_place_only(void **state)
{
	struct exim_log_line x = parse(TS ID "<= u@local.example H=(laptop) [203.0.113.9]:51240 P=esmtpsa L.- X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no SNI=\"mail\" A=dovecot_plain:u@local.example S=1234 for b@example.org");

	(void)state;
	assert_true(x.login.n);
	assert_true(slice_eq(x.login, "dovecot_plain:u@local.example"));
	x = parse(TS ID "<= u@d.example H=(x A=dovecot_plain:me) [203.0.113.9]:51240 P=esmtp S=12 T=\"A=b\" for b@example.org");
	assert_int_equal(x.login.n, 0);
	assert_true(ip_is(&x.host, "203.0.113.9"));
}

static void a_client_address_that_reads_in_two_ways_is_nobodys(void **state)
{
	struct exim_log_line x = parse(TS ID "<= u@d.example H=(x) [192.0.2.9]:25 P=esmtp S=1) [203.0.113.9]:51240 P=esmtp S=12 for b@example.org");

	(void)state;
	assert_true(x.host.present && x.host.ambiguous);
	assert_int_equal(x.ncandidates, 2);
	assert_int_equal(x.host.ip.family, 0);
	assert_int_equal(x.host.name.n, 0);
}

static void brackets_in_a_helo_confuse_nobody(void **state)
{
	struct exim_log_line x = parse(TS ID "<= u@d.example H=([10.21.32.43]) [203.0.113.9]:1 P=esmtp S=12");

	(void)state;
	assert_true(ip_is(&x.host, "203.0.113.9"));
	x = parse(TS ID "<= u@d.example H=c.example (x) [192.0.2.9) [203.0.113.9]:1 P=esmtp S=12");
	assert_true(ip_is(&x.host, "203.0.113.9"));
	assert_true(slice_eq(x.host.helo, "x) [192.0.2.9"));
	x = parse(TS ID "<= u@d.example H=c.example (\xe9\x01\x7f) [2001:db8::77]:1 P=esmtp S=12");
	assert_true(ip_is(&x.host, "2001:db8::77"));
}

static void local_submissions_have_no_client(void **state)
{
	struct exim_log_line x = parse(TS ID "<= <> R=1xVkoU-00004O-34 U=mail P=local S=439 T=\"away\" from <> for user@sender.example");

	(void)state;
	assert_false(x.host.present);
	assert_true(x.sender.p && !x.sender.n);
	assert_true(slice_eq(x.rcpts, "user@sender.example"));
}

static void deliveries_tell_the_recipient_as_it_came(void **state)
{
	struct exim_log_line x = parse(TS ID "=> bob <bob@alias.example> R=virtual_user T=dovecot_virtual_delivery");

	(void)state;
	assert_int_equal(x.type, EXIM_LOG_DELIVERY);
	assert_string_equal(x.flag, "=>");
	assert_true(slice_eq(x.addr, "bob"));
	assert_true(slice_eq(x.orig, "bob@alias.example"));
	assert_true(slice_eq(exim_log_field(&x, "R"), "virtual_user"));
	assert_true(slice_eq(exim_log_field(&x, "T"), "dovecot_virtual_delivery"));
	x = parse(TS ID "** |/bin/false -x \"a b\" (p@d.example) <p@d.example> R=aliases T=pipe: failed");
	assert_int_equal(x.type, EXIM_LOG_FAIL);
	assert_true(slice_eq(x.addr, "|/bin/false -x \"a b\""));
	assert_true(slice_eq(x.orig, "p@d.example"));
	assert_true(slice_eq(exim_log_field(&x, "T"), "pipe"));
	x = parse(TS ID "** a@b.example: retry timeout exceeded");
	assert_true(slice_eq(x.addr, "a@b.example"));
	x = parse(TS ID "== a@b.example R=lookuphost defer (-1): host lookup did not complete");
	assert_int_equal(x.type, EXIM_LOG_DEFER);
}

static void every_form_of_line_start_is_known(void **state)
{
	static const char *const lines[] = {
		"2026-11-24 07:19:38 1xVkoU-00003j-0q Completed",
		"2026-11-24 07:19:38.782 [1234] 1xVkoU-00003j-0q Completed",
		"2026-11-24 08:19:38 +0100 [1234] 1s2abc-00000001abC-0aBc Completed",
		"Nov 24 07:19:38 host exim[1234]: 2026-11-24 07:19:38 1xVkoU-00003j-0q Completed",
		"2026-11-24T07:19:38.5+00:00 host exim[1234]: 1xVkoU-00003j-0q Completed",
		"host exim[1234]: [1/2] 2026-11-24 07:19:38 1xVkoU-00003j-0q Completed QT=1s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct exim_log_line x = parse(lines[i]);

		assert_int_equal(x.type, EXIM_LOG_COMPLETED);
		assert_true(x.ts.present);
		assert_int_equal(x.ts.wall - x.ts.zone * 60, 1795504778);
		assert_true(i == 0 || x.pid == 1234);
	}
}

static void a_line_without_a_message_id_is_about_no_message(void **state)
{
	static const char *const lines[] = {
		"", " ", "2026-11-24 07:19:38", TS "<= a@b.example H=x [192.0.2.1] P=esmtp S=1",
		TS "Start queue run: pid=1", "garbage", "2026-13-44 99:99:99 " ID "<= x",
		TS "1xVkoU-00003j-0qX <= a@b.example S=1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_true(parse(lines[i]).type < EXIM_LOG_ARRIVAL ||
			    parse(lines[i]).type == EXIM_LOG_QUEUE_RUN);
}

static void times_are_written_without_a_zone(void **state)
{
	char out[WHEN_MAX];

	(void)state;
	assert_string_equal(when_text(out, 1795504778), "2026-11-24 07:19 UTC");
	assert_string_equal(when_text(out, 951782400), "2000-02-29 00:00 UTC");
	assert_string_equal(when_text(out, 1), "1970-01-01 00:00 UTC");
	assert_string_equal(when_text(out, 0), "an unknown time");
	assert_string_equal(when_text(out, INT64_MIN), "an unknown time");
	assert_string_equal(when_text(out, INT64_MAX), "an unknown time");
	assert_string_equal(when_text(out, 253402300799), "9999-12-31 23:59 UTC");
}

/* ---- arrivals --------------------------------------------------------- */

struct look {
	struct arena arena;
	struct facts f;
	struct domain domains[2];
	struct ip own;
	struct mx mx[2];
	struct mx_host hosts[2];
	struct ip away;
	struct arrival_look *look;
};

static int begin(void **state)
{
	struct look *l = calloc(1, sizeof(*l));

	l->domains[0].name = "a.example";
	l->domains[1].name = "b.example";
	l->f.domains = l->domains;
	l->f.ndomains = 2;
	ip_parse(&l->own, "192.0.2.1");
	l->f.own = &l->own;
	l->f.nown = 1;
	ip_parse(&l->away, "203.0.113.5");
	l->hosts[0] = (struct mx_host){ .name = "aspmx.l.google.com", .provider = "google.com",
		.kind = PROVIDER_MAILBOX, .ips = &l->away, .nips = 1 };
	l->hosts[1] = (struct mx_host){ .name = "mx.backup.example",
		.provider = "backup.example", .ips = &l->away, .nips = 1 };
	l->mx[0] = (struct mx){ 10, &l->hosts[0] };
	l->mx[1] = (struct mx){ 20, &l->hosts[1] };
	l->domains[0].mx = l->mx;
	l->domains[0].nmx = 2;
	l->look = arrival_look_new(&l->f, &l->arena, NULL);
	*state = l;
	return 0;
}

static int end(void **state)
{
	struct look *l = *state;

	arena_clear(&l->arena);
	free(l);
	return 0;
}

static void feed(struct look *l, const char *line)
{
	arrival_look_line(l->look, slice_of(line));
}

static void mail_from_another_server_is_counted_by_its_deliveries(void **state)
{
	struct look *l = *state;
	const struct arrivals *x;

	feed(l, TS ID "<= u@s.example H=out.s.example [198.51.100.7]:1 P=esmtps S=1 id=x");
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 0);
	feed(l, TS ID "=> x <x@A.Example> R=virtual_user T=dovecot_virtual_delivery");
	feed(l, TS ID "-> y <y@a.example> R=virtual_user T=dovecot_virtual_delivery");
	feed(l, TS ID "** z@b.example R=virtual_aliases: No Such User Here");
	x = &domain_more(&l->domains[0])->arrivals;
	assert_int_equal(x->count, 1);
	assert_int_equal(x->last, 1795504778);
	assert_string_equal(x->last_host, "out.s.example [198.51.100.7]");
	assert_false(x->from_provider);
	assert_int_equal(domain_more(&l->domains[1])->arrivals.count, 1);
}

static void recipients_on_the_arrival_are_enough(void **state)
{
	struct look *l = *state;

	feed(l, TS ID "<= u@s.example H=(x) [198.51.100.7]:1 P=esmtp S=1 for x@a.example y@a.example");
	feed(l, TS ID "=> elsewhere@b.example <x@a.example> R=lookuphost T=remote_smtp");
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 1);
	assert_string_equal(domain_more(&l->domains[0])->arrivals.last_host, "[198.51.100.7]");
	assert_int_equal(domain_more(&l->domains[1])->arrivals.count, 0);
}

static void what_is_not_foreign_is_not_counted(void **state)
{
	static const char *const arrivals[] = {
		TS ID "<= u@a.example U=root P=local S=1 for x@a.example",
		TS ID "<= u@a.example H=localhost [127.0.0.1]:1 P=esmtp S=1 for x@a.example",
		TS ID "<= u@a.example H=(x) [::1]:1 P=esmtp S=1 for x@a.example",
		TS ID "<= u@a.example H=us [192.0.2.1]:1 P=esmtp S=1 for x@a.example",
		TS ID "<= u@a.example H=(x) [198.51.100.7]:1 P=esmtpsa A=dovecot_login:u S=1 for x@a.example",
		TS ID "<= u@a.example H=(x) [1.2.3.4]:1 P=esmtp S=1) [198.51.100.7]:1 P=esmtp S=1 for x@a.example",
		TS "H=(x) [198.51.100.7] F=<u@s.example> rejected RCPT <x@a.example>: relay not permitted",
	};
	struct look *l = *state;

	for (size_t i = 0; i < sizeof(arrivals) / sizeof(*arrivals); i++)
		feed(l, arrivals[i]);
	feed(l, TS ID "=> x <x@a.example> R=virtual_user T=t");
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 0);
}

static void a_verified_name_of_the_provider_is_told_apart(void **state)
{
	struct look *l = *state;

	feed(l, TS "1xVkoU-00003j-0r <= u@s.example H=(mail-wr1.google.com) [198.51.100.7]:1 P=esmtp S=1 for x@a.example");
	assert_false(domain_more(&l->domains[0])->arrivals.from_provider);
	feed(l, TS "1xVkoU-00003j-0s <= u@s.example H=mail-wr1.google.com.evil.example [198.51.100.7]:1 P=esmtp S=1 for x@a.example");
	assert_false(domain_more(&l->domains[0])->arrivals.from_provider);
	feed(l, TS "1xVkoU-00003j-0v <= u@s.example H=mx.backup.example [198.51.100.8]:1 P=esmtp S=1 for x@a.example");
	assert_false(domain_more(&l->domains[0])->arrivals.from_provider);
	feed(l, TS "1xVkoU-00003j-0t <= u@s.example H=mail-wr1.google.com [198.51.100.8]:1 P=esmtps S=1 for x@a.example");
	assert_true(domain_more(&l->domains[0])->arrivals.from_provider);
	feed(l, TS "1xVkoU-00003j-0u <= u@s.example H=other.example [198.51.100.9]:1 P=esmtps S=1 for x@a.example");
	assert_string_equal(domain_more(&l->domains[0])->arrivals.provider_host, "mail-wr1.google.com [198.51.100.8]");
	assert_string_equal(domain_more(&l->domains[0])->arrivals.last_host, "other.example [198.51.100.9]");
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 5);
}

static void the_same_line_in_two_files_counts_once(void **state)
{
	struct look *l = *state;

	for (int i = 0; i < 2; i++)
		feed(l, TS ID "<= u@s.example H=(x) [198.51.100.7]:1 P=esmtp S=1 for x@a.example");
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 1);
}

static void the_span_of_the_log_is_kept(void **state)
{
	struct look *l = *state;

	feed(l, "2026-11-20 00:00:00 Start queue run: pid=1");
	feed(l, "2026-11-24 07:19:38 End queue run: pid=1");
	feed(l, "no time here");
	assert_int_equal(l->f.log_from, 1795132800);
	assert_int_equal(l->f.log_to, 1795504778);
}

static void a_span_does_not_reach_over_what_was_not_read(void **state)
{
	struct look *l = *state;

	feed(l, "2026-11-10 00:00:00 Start queue run: pid=1");
	feed(l, TS ID "<= u@s.example H=(x) [198.51.100.7]:1 P=esmtp S=1 for x@a.example");
	feed(l, ARRIVALS_GAP);
	feed(l, "2026-11-20 00:00:00 Start queue run: pid=1");
	assert_int_equal(l->f.log_from, 1795132800);
	assert_int_equal(l->f.log_to, 1795132800);
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 1);
}

static void a_wrong_clock_or_an_old_rotation_makes_no_long_span(void **state)
{
	struct look *l = *state;

	feed(l, "2000-01-01 00:00:03 exim 4.96 daemon started");
	feed(l, "2026-11-20 00:00:00 Start queue run: pid=1");
	feed(l, "2000-01-01 00:00:03 exim 4.96 daemon started");
	feed(l, "2026-11-24 07:19:38 End queue run: pid=1");
	assert_int_equal(l->f.log_from, 1795132800);
	assert_int_equal(l->f.log_to, 1795504778);
}

static int64_t five_hours_west(int64_t wall)
{
	return wall + 5 * 3600;
}

static void local_times_are_turned_into_utc(void **state)
{
	struct look *l = *state;

	l->look = arrival_look_new(&l->f, &l->arena, five_hours_west);
	feed(l, TS "Start queue run: pid=1");
	assert_int_equal(l->f.log_to, 1795504778 + 5 * 3600);
	feed(l, "2026-11-24 07:19:38 -0600 Start queue run: pid=1");
	assert_int_equal(l->f.log_to, 1795504778 + 6 * 3600);
}

/* More messages than are remembered: the last ones still join. */
static void memory_is_bounded(void **state)
{
	struct look *l = *state;
	char line[200];

	for (unsigned i = 0; i < ARRIVALS_REMEMBERED * 2 + 7; i++) {
		snprintf(line, sizeof(line), TS "1x%04u-%06u-0q <= u@s.example H=(x) [198.51.100.7]:1 P=esmtp S=1",
			 i % 10000, i);
		feed(l, line);
	}
	feed(l, line);
	snprintf(line, sizeof(line), TS "1x0000-000000-0q => x <x@a.example> R=r T=t");
	feed(l, line);
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 0);
	snprintf(line, sizeof(line), TS "1x%04u-%06u-0q => x <x@a.example> R=r T=t",
		 (ARRIVALS_REMEMBERED * 2 + 6) % 10000, ARRIVALS_REMEMBERED * 2 + 6);
	feed(l, line);
	assert_int_equal(domain_more(&l->domains[0])->arrivals.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arrival_names_its_client_and_recipients),
		cmocka_unit_test(a_login_counts_in_its_own_place_only),
		cmocka_unit_test(a_client_address_that_reads_in_two_ways_is_nobodys),
		cmocka_unit_test(brackets_in_a_helo_confuse_nobody),
		cmocka_unit_test(local_submissions_have_no_client),
		cmocka_unit_test(deliveries_tell_the_recipient_as_it_came),
		cmocka_unit_test(every_form_of_line_start_is_known),
		cmocka_unit_test(a_line_without_a_message_id_is_about_no_message),
		cmocka_unit_test(times_are_written_without_a_zone),
		TEST(mail_from_another_server_is_counted_by_its_deliveries),
		TEST(recipients_on_the_arrival_are_enough),
		TEST(what_is_not_foreign_is_not_counted),
		TEST(a_verified_name_of_the_provider_is_told_apart),
		TEST(the_same_line_in_two_files_counts_once),
		TEST(the_span_of_the_log_is_kept),
		TEST(a_span_does_not_reach_over_what_was_not_read),
		TEST(a_wrong_clock_or_an_old_rotation_makes_no_long_span),
		TEST(local_times_are_turned_into_utc),
		TEST(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
