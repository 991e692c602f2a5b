#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/log_tally.h"
#include "mail/mail_login.h"

#define TODAY 20781	/* 2026-11-24 */
#define TS "2026-11-24 07:19:38 "
#define ID "1vN00A-00000001abC-0aBc "
#define FAIL "dovecot_login authenticator failed for H=(pc) [203.0.113.9]:5: 535 Incorrect authentication data (set_id="

struct bench {
	struct arena a;
	struct log_tally t;
	struct log_facts told;
};

static int set_up(void **state)
{
	static struct bench b;

	memset(&b, 0, sizeof(b));
	log_tally_init(&b.t, TODAY, 7, &b.a);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	arena_clear(&((struct bench *)*state)->a);
	return 0;
}

static void give(struct bench *b, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_tally_line(&b->t, slice_of(lines[i]));
	log_tally_tell(&b->t, "d.example", &b->a, &b->told);
}

#define GIVE(b, ...) do { \
	static const char *const lines_[] = { __VA_ARGS__ }; \
	give((b), lines_, sizeof(lines_) / sizeof(*lines_)); \
} while (0)

static void a_row_says_what_belongs_together(void **state)
{
	struct bench *b = *state;
	const struct log_row *r;
	char ip[IP_TEXT_MAX];

	GIVE(b, TS "H=(x) [203.0.113.9]:5 F=<s@B.example> rejected RCPT <r@D.example>: relay not permitted",
	     TS "H=(y) [203.0.113.9]:6 F=<t@b.example> rejected RCPT <q@d.example>: relay not permitted");
	assert_int_equal(b->told.nrows, 1);
	r = &b->told.rows[0];
	assert_string_equal(r->class, "relay_unauth");
	assert_string_equal(r->domain, "d.example");
	assert_string_equal(r->account, "@b.example");
	assert_string_equal(ip_text(ip, &r->ip), "203.0.113.9");
	assert_int_equal(r->n, 2);
	assert_int_equal(r->day, TODAY);
	assert_int_equal(b->told.ndays, 1);
	assert_int_equal(b->told.days[0].n, 2);
}

static void a_later_line_of_a_message_is_its_senders(void **state)
{
	struct bench *b = *state;

	GIVE(b, TS ID "<= u@here.example H=(pc) [198.51.100.7]:5 P=esmtpsa A=dovecot_login:U@here.example S=1 for r@d.example",
	     TS ID "** r@d.example R=smarthost T=remote_smtp H=relay.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<r@d.example>: 550 relay not permitted",
	     TS ID "Completed",
	     TS ID "** r@d.example R=smarthost T=remote_smtp H=relay.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<r@d.example>: 550 relay not permitted");
	assert_int_equal(b->told.nrows, 2);
	assert_string_equal(b->told.rows[0].rule, "A12");
	assert_true(!strcmp(b->told.rows[0].account, "u@here.example") !=
		    !strcmp(b->told.rows[1].account, "u@here.example"));
}

static void of_a_local_process_the_account_is_its_user(void **state)
{
	struct bench *b = *state;

	GIVE(b, TS ID "<= u@here.example U=shopco P=local S=1 for r@d.example",
	     TS ID "== r@d.example R=smarthost T=remote_smtp defer (-42): authentication required but authentication attempt(s) failed");
	assert_int_equal(b->told.nrows, 1);
	assert_string_equal(b->told.rows[0].account, "shopco");
	assert_string_equal(b->told.rows[0].rule, "A08");
}

static void another_servers_wish_for_a_login_is_no_smarthosts(void **state)
{
	struct bench *b = *state;

	GIVE(b, TS ID "** r@d.example R=lookuphost T=remote_smtp H=mx.d.example [192.0.2.9]: SMTP error from remote mail server after MAIL FROM:<u@here.example>: 530 5.7.0 Authentication required");
	assert_int_equal(b->told.nrows, 1);
	assert_string_equal(b->told.rows[0].rule, "");
	assert_int_equal(b->told.rows[0].ip.family, 0);
}

#define AT(hms) "2026-11-24 " hms " "
#define FAILED_AT(hms) AT(hms) FAIL "u@here.example)"
#define REFUSED_AT(hms, ip) AT(hms) "H=(x) [" ip "]:5 F=<s@b.example> rejected RCPT <r@d.example>: relay not permitted"

static uint64_t refused_by_rule(const struct log_facts *f, const char *rule)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->nrows; i++)
		if (!strcmp(f->rows[i].class, "relay_unauth") && !strcmp(f->rows[i].rule, rule))
			n += f->rows[i].n;
	return n;
}

static void only_what_follows_a_failed_login_within_15_minutes_is_its(void **state)
{
	struct bench *b = *state;

	GIVE(b, REFUSED_AT("06:59:59", "203.0.113.9"), FAILED_AT("07:00:00"),
	     REFUSED_AT("07:00:00", "203.0.113.9"), REFUSED_AT("07:15:00", "203.0.113.9"),
	     REFUSED_AT("07:15:01", "203.0.113.9"), REFUSED_AT("07:01:00", "203.0.113.10"));
	assert_int_equal(refused_by_rule(&b->told, LOG_RULE_AFTER_LOGIN), 2);
	assert_int_equal(refused_by_rule(&b->told, "A01"), 3);
}

#define PUT_OFF_AT(hms) AT(hms) "dovecot_plain authenticator failed for H=(pc) [203.0.113.9]:5: " \
	"435 Unable to authenticate at present (set_id=u@here.example): x"
#define UNOFFERED_AT(hms) AT(hms) "SMTP protocol error in \"AUTH PLAIN AGEAYg==\" H=(pc) [203.0.113.9]:5 " \
	"AUTH command used when not advertised"

/* Put off is failed; tried where none is offered is a matter of its own, unless a
 * password was wrong as well. */
static void a_login_put_off_or_not_offered_explains_what_follows_it(void **state)
{
	struct bench *b = *state;

	GIVE(b, PUT_OFF_AT("07:00:00"), REFUSED_AT("07:01:00", "203.0.113.9"),
	     UNOFFERED_AT("08:00:00"), REFUSED_AT("08:15:00", "203.0.113.9"),
	     REFUSED_AT("08:15:01", "203.0.113.9"), REFUSED_AT("08:01:00", "203.0.113.10"),
	     UNOFFERED_AT("09:00:00"), FAILED_AT("09:00:01"), REFUSED_AT("09:01:00", "203.0.113.9"));
	assert_int_equal(refused_by_rule(&b->told, LOG_RULE_AFTER_LOGIN), 2);
	assert_int_equal(refused_by_rule(&b->told, LOG_RULE_UNADVERTISED), 1);
	assert_int_equal(refused_by_rule(&b->told, "A01"), 2);
}

static void another_logs_failed_login_is_not_this_ones(void **state)
{
	struct bench *b = *state;

	b->t.kind = LOG_REJECT;
	log_tally_line(&b->t, SLICE(FAILED_AT("07:00:00")));
	b->t.kind = LOG_MAIN;
	GIVE(b, REFUSED_AT("07:01:00", "203.0.113.9"));
	assert_int_equal(refused_by_rule(&b->told, LOG_RULE_AFTER_LOGIN), 0);
}

/* What a client chose names nobody. */
static void names_that_are_none_are_left_out(void **state)
{
	struct bench *b = *state;

	GIVE(b, TS FAIL "u@d.example\x1b[31m)", TS FAIL "a b@d.example)",
	     TS FAIL "<script>@d.exam<ple)", TS FAIL "\xff@d.example)");
	for (size_t i = 0; i < b->told.nrows; i++) {
		const struct log_row *r = &b->told.rows[i];

		for (const char *p = r->account; *p; p++)
			assert_true(*p > ' ' && *p < 0x7f);
		assert_true(!*r->domain || text_is_domain(r->domain));
	}
}

static void a_line_in_a_greeting_or_a_login_counts_for_nothing(void **state)
{
	struct bench *b = *state;

	GIVE(b, TS "H=(x) [9.9.9.9]:5 F=<a@b.example> rejected RCPT <c@d.example>: relay not permitted) [203.0.113.8]:5 F=<> rejected RCPT <c@d.example>: relay not permitted",
	     TS "H=(pc A=dovecot_login:boss@here.example) [203.0.113.9]:5 F=<a@b.example> rejected RCPT <c@far.example>: relay not permitted",
	     TS FAIL "x): 435 Unable to authenticate at present (set_id=boss@here.example)",
	     TS ID "<= s@far.example H=(A=dovecot_login:boss@here.example) [203.0.113.9]:5 P=esmtp S=1 T=\"A=dovecot_login:boss@here.example\" for c@d.example");
	assert_int_equal(b->told.nlogins, 0);
	for (size_t i = 0; i < b->told.nrows; i++) {
		assert_string_not_equal(b->told.rows[i].class, "auth_tempfail");
		assert_string_not_equal(b->told.rows[i].account, "boss@here.example");
		assert_int_not_equal(b->told.rows[i].ip.bytes[0], 9);
	}
}

static void days_that_are_long_ago_or_to_come_are_no_part(void **state)
{
	struct bench *b = *state;

	GIVE(b, "2026-10-20 07:19:38 " FAIL "u@d.example)", "2026-11-27 07:19:38 " FAIL "u@d.example)",
	     "2026-11-10 07:19:38 " FAIL "u@d.example)", "2026-11-18 07:19:38 " FAIL "u@d.example)");
	assert_int_equal(b->told.from, TODAY - 14);
	assert_int_equal(b->told.to, TODAY - 6);
	assert_int_equal(b->told.nrows, 1);	/* of the last week */
	assert_int_equal(b->told.ndays, 1);	/* of the last fortnight */
}

static void the_last_login_of_a_network_is_told(void **state)
{
	struct bench *b = *state;
	struct ip near = ip_of_bytes(4, "\xc6\x33\x64\xc8"), far = ip_of_bytes(4, "\xc6\x33\x65\x07");
	const struct log_login *x;

	b->t.kind = LOG_MAIL;
	GIVE(b, "Nov 24 07:19:30 server dovecot: imap-login: Login: user=<A@here.example>, method=PLAIN, rip=198.51.100.7, lip=192.0.2.1, TLS",
	     "Nov 24 06:19:30 server dovecot: pop3-login: Login: user=<b@here.example>, method=PLAIN, rip=198.51.100.8, lip=192.0.2.1, TLS",
	     "Nov 24 08:19:30 server dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<c@here.example>, method=PLAIN, rip=198.51.101.7, lip=192.0.2.1");
	x = log_login_near(&b->told, &near);
	assert_non_null(x);
	assert_string_equal(x->who, "a@here.example");
	assert_null(log_login_near(&b->told, &far));
}

static void the_year_of_a_mail_log_is_the_last_that_fits(void **state)
{
	static const struct {
		const char *date;
		int32_t day;
	} dates[] = {
		{ "Nov 24", TODAY }, { "Nov 25", TODAY + 1 }, { "Nov 26", TODAY + 2 - 365 },
		{ "Jan  1", 20454 }, { "Dec 31", 20453 },
	};
	struct mail_login x;
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		snprintf(line, sizeof(line), "%s 00:00:01 h dovecot[7]: imap-login: Info: Login: user=<u>, rip=2001:db8::1, lip=::", dates[i].date);
		assert_true(mail_login_read(slice_of(line), TODAY, &x));
		assert_int_equal(x.wall, (int64_t)dates[i].day * 86400 + 1);
	}
}

static void messages_are_known_until_their_end_and_no_more_than_so_many(void **state)
{
	struct bench *b = *state;
	struct open_messages *m = &b->t.open;
	char id[OPEN_ID_MAX];

	for (int i = 0; i < OPEN_MESSAGES + 10; i++) {
		snprintf(id, sizeof(id), "1v%04x-000000%05x-0aBc", i, i);
		open_messages_put(m, slice_of(id), SLICE("u@d.example"));
	}
	assert_int_equal(open_messages_find(m, SLICE("1v0000-00000000000-0aBc")).n, 0);
	assert_int_equal(open_messages_find(m, slice_of(id)).n, 11);
	open_messages_end(m, slice_of(id));
	assert_int_equal(open_messages_find(m, slice_of(id)).n, 0);
	open_messages_put(m, slice_of(id), SLICE("v@d.example"));
	open_messages_put(m, slice_of(id), SLICE("w@d.example"));
	assert_memory_equal(open_messages_find(m, slice_of(id)).p, "v@", 2);
}

static void networks_beyond_all_room_push_out_those_longest_ago(void **state)
{
	struct bench *b = *state;
	struct ip ip = ip_of_bytes(4, "\x0a\0\0\1");

	for (int i = 0; i < LOGIN_NETS + 1; i++) {
		ip.bytes[1] = (unsigned char)(i >> 8);
		ip.bytes[2] = (unsigned char)i;
		login_nets_note(&b->t.logins, &ip, (int64_t)(TODAY - 1) * 86400 + i, SLICE("u"));
	}
	log_tally_tell(&b->t, NULL, &b->a, &b->told);
	assert_in_range(b->told.nlogins, 1, LOGIN_NETS);
	assert_non_null(log_login_near(&b->told, &ip));
	ip = ip_of_bytes(4, "\x0a\0\0\1");
	assert_null(log_login_near(&b->told, &ip));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_row_says_what_belongs_together),
		T(a_later_line_of_a_message_is_its_senders),
		T(of_a_local_process_the_account_is_its_user),
		T(another_servers_wish_for_a_login_is_no_smarthosts),
		T(only_what_follows_a_failed_login_within_15_minutes_is_its),
		T(a_login_put_off_or_not_offered_explains_what_follows_it),
		T(another_logs_failed_login_is_not_this_ones),
		T(names_that_are_none_are_left_out),
		T(a_line_in_a_greeting_or_a_login_counts_for_nothing),
		T(days_that_are_long_ago_or_to_come_are_no_part),
		T(the_last_login_of_a_network_is_told),
		T(the_year_of_a_mail_log_is_the_last_that_fits),
		T(messages_are_known_until_their_end_and_no_more_than_so_many),
		T(networks_beyond_all_room_push_out_those_longest_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
