#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mail/exim_bh.h"

#define HEAD "\n**** SMTP testing session as if from host 192.0.2.1\n\n" \
	"220 server1.example ESMTP Exim 4.96\r\n250-server1.example Hello\r\n250 HELP\r\n250 OK\r\n"
#define BYE "221 server1.example closing connection\r\n"
#define REFUSED "550-192.0.2.1 is not permitted to relay\r\n550 authentication.\r\n"
#define LISTED ">>> processing \"accept\" (/etc/exim.conf 41)\n" \
	">>> check hosts = +loopback : +relay_hosts\n" \
	">>> host in \"<; 127.0.0.0/8\"? no (end of list)\n" \
	">>> host in \"net-iplsearch;/etc/relayhosts\"? yes (matched \"net-iplsearch;/etc/relayhosts\")\n" \
	">>> host in \"+loopback : +relay_hosts\"? yes (matched \"+relay_hosts\")\n"
#define AGAIN ">>> processing \"accept\" (/etc/exim.conf 41)\n" \
	">>> check hosts = +loopback : +relay_hosts\n" \
	">>> host in \"+loopback : +relay_hosts\"? yes (matched \"+relay_hosts\" - cached)\n"
#define BEGIN ">>> using ACL \"rcpt\"\n"
#define END ">>> end of ACL \"rcpt\": ACCEPT\n"

static struct bh_session read_it(const char *text, size_t n)
{
	static struct arena a;
	struct bh_session s;

	arena_clear(&a);
	exim_bh_read(slice_of(text), n, "rcpt", &a, &s);
	return s;
}

static void each_recipient_has_its_reply_and_the_verb_that_decided(void **state)
{
	struct bh_session s = read_it(HEAD "250 Accepted\r\n" REFUSED BYE
		BEGIN LISTED END
		BEGIN ">>> processing \"accept\" (/etc/exim.conf 41)\n"
		">>> processing \"deny\" (/etc/exim.conf 46)\n"
		">>> end of ACL \"rcpt\": DENY\nLOG: H=x rejected RCPT\n", 2);

	(void)state;
	assert_true(s.whole && bh_accepts(&s.answer[0]) && !bh_accepts(&s.answer[1]));
	assert_int_equal(s.answer[0].decision.line, 41);
	assert_int_equal(s.answer[0].decision.by, BH_BY_ADDRESS);
	assert_string_equal(s.answer[0].decision.matched, "net-iplsearch;/etc/relayhosts");
	assert_int_equal(s.answer[1].code, 550);
	assert_string_equal(s.answer[1].text, "192.0.2.1 is not permitted to relay\nauthentication.");
	assert_string_equal(s.answer[1].decision.verb, "deny");
	assert_string_equal(s.answer[1].decision.file, "/etc/exim.conf");
	assert_int_equal(s.answer[1].decision.line, 46);
	assert_null(s.answer[1].decision.matched);
}

static void a_list_that_exim_remembers_is_still_named(void **state)
{
	struct bh_session s = read_it(HEAD "250 Accepted\r\n250 Accepted\r\n" BYE
				      BEGIN LISTED END BEGIN AGAIN END, 2);

	(void)state;
	assert_string_equal(s.answer[1].decision.matched, "net-iplsearch;/etc/relayhosts");
}

static void the_verb_that_calls_another_acl_decides_not_those_within(void **state)
{
	struct bh_session s = read_it(HEAD "250 Accepted\r\n" BYE
		BEGIN ">>> processing \"accept\" (/etc/exim.conf 50)\n>>> check acl = sub\n"
		">>> using ACL \"sub\"\n>>> processing \"accept\" (/etc/exim.conf 90)\n"
		">>> check authenticated = *\n>>> end of ACL \"sub\": ACCEPT\n"
		END, 1);

	(void)state;
	assert_int_equal(s.answer[0].decision.line, 50);
	assert_int_equal(s.answer[0].decision.by, BH_BY_UNKNOWN);
}

static void an_answer_at_the_door_is_everybodys(void **state)
{
	struct bh_session s = read_it("550 Go away\r\n>>> using ACL \"connect\"\n"
				      ">>> processing \"drop\" (/etc/exim.conf 9)\n", 2);

	(void)state;
	assert_true(s.whole);
	assert_int_equal(s.answer[1].stage, BH_CONNECT);
	assert_int_equal(s.answer[1].code, 550);
	assert_null(s.answer[1].decision.verb);
}

static void a_session_that_was_cut_is_not_whole(void **state)
{
	(void)state;
	assert_false(read_it(HEAD "250 Accepted\r\n550-no", 2).whole);
	assert_string_equal(read_it(HEAD ">>> x\nLOG: failed to open /etc/relayhosts\n", 1).log,
			    "failed to open /etc/relayhosts");
	assert_false(read_it(HEAD, 1).whole);
	assert_false(read_it("", 1).whole);
}

static void the_trace_gives_no_reply(void **state)
{
	struct bh_session s = read_it(HEAD REFUSED ">>> check condition = x\n"
				      "250 Accepted\n250 Accepted\n", 2);

	(void)state;
	assert_false(s.whole);
	assert_int_equal(s.answer[1].code, 0);
}

static void a_recipient_without_a_run_of_the_acl_leaves_all_verbs_untold(void **state)
{
	struct bh_session s = read_it(HEAD "501 bad\r\n250 Accepted\r\n" BYE BEGIN LISTED END, 2);

	(void)state;
	assert_null(s.answer[0].decision.verb);
	assert_null(s.answer[1].decision.verb);
}

static void what_a_test_session_cannot_know_is_noticed(void **state)
{
	struct bh_session s = read_it(HEAD REFUSED BEGIN
		">>> processing \"deny\" (/etc/exim.conf 3)\n>>> check !encrypted = *\n"
		">>> check ratelimit = 100 / 1h / strict\n>>> check verify = sender/callout=30s\n"
		">>> end of ACL \"rcpt\": DENY\n", 1);

	(void)state;
	assert_true(s.encrypted && s.ratelimit && s.callout);
	s = read_it(HEAD REFUSED BEGIN ">>> check verify = recipient\n" END, 1);
	assert_false(s.encrypted || s.ratelimit || s.callout);
}

static void lists_that_an_accept_looks_at_are_told_from_others(void **state)
{
	struct bh_session s = read_it(HEAD REFUSED BEGIN
		">>> processing \"deny\" (/etc/exim.conf 3)\n"
		">>> host in \"net-iplsearch;/etc/spammeripblocks\"? no (end of list)\n"
		LISTED END, 1);

	(void)state;
	assert_int_equal(s.nlists, 2);
	assert_string_equal(s.list[0].item, "net-iplsearch;/etc/spammeripblocks");
	assert_false(s.list[0].by_accept);
	assert_true(s.list[1].by_accept);
	assert_memory_equal(bh_item_file(s.list[1].item).p, "/etc/relayhosts", 15);
	assert_null(bh_item_file("192.0.2.1").p);
}

static void an_authenticator_for_passwords_is_chosen(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(exim_authenticator(SLICE("acl_smtp_rcpt = plain\ncram\n"
				"dovecot_login\ndovecot_plain\n"), &a), "dovecot_login");
	assert_null(exim_authenticator(SLICE("list plain not found\ncram_md5\n"), &a));
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_recipient_has_its_reply_and_the_verb_that_decided),
		cmocka_unit_test(a_list_that_exim_remembers_is_still_named),
		cmocka_unit_test(the_verb_that_calls_another_acl_decides_not_those_within),
		cmocka_unit_test(an_answer_at_the_door_is_everybodys),
		cmocka_unit_test(a_session_that_was_cut_is_not_whole),
		cmocka_unit_test(the_trace_gives_no_reply),
		cmocka_unit_test(a_recipient_without_a_run_of_the_acl_leaves_all_verbs_untold),
		cmocka_unit_test(what_a_test_session_cannot_know_is_noticed),
		cmocka_unit_test(lists_that_an_accept_looks_at_are_told_from_others),
		cmocka_unit_test(an_authenticator_for_passwords_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
