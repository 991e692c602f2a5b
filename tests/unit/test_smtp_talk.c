#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/smtp_reply.h"
#include "mail/smtp_talk.h"

/* ---- replies ------------------------------------------------------------ */

static void a_reply_of_many_lines_is_one(void **state)
{
	static const char in[] = "250-one\r\n250-two\n250 three\r\n220 next\r\n";
	struct smtp_reply r;

	(void)state;
	assert_int_equal(smtp_reply_read(SLICE(in), &r), SMTP_REPLY_WHOLE);
	assert_int_equal(r.code, 250);
	assert_int_equal(r.n, 3);
	assert_true(slice_eq(r.text[0], "one"));
	assert_true(slice_eq(r.text[2], "three"));
	assert_true(slice_starts((struct slice){ in + r.length, 4 }, "220 "));
}

static const struct {
	const char *in;
	enum smtp_reply_state want;
} replies[] = {
	{ "220 hello\r\n", SMTP_REPLY_WHOLE },
	{ "220\r\n", SMTP_REPLY_WHOLE },
	{ "", SMTP_REPLY_MORE },
	{ "22", SMTP_REPLY_MORE },
	{ "220-hello\r\n", SMTP_REPLY_MORE },
	{ "220-hello\r\n220 bye", SMTP_REPLY_MORE },
	{ "220-hello\r\n221 bye\r\n", SMTP_REPLY_BROKEN },
	{ "SSH-2.0-OpenSSH_8.0\r\n", SMTP_REPLY_BROKEN },
	{ "* OK IMAP\r\n", SMTP_REPLY_BROKEN },
	{ "2200 hello\r\n", SMTP_REPLY_BROKEN },
	{ "22\r\n", SMTP_REPLY_BROKEN },
	{ "620 hello\r\n", SMTP_REPLY_BROKEN },
	{ "\r\n", SMTP_REPLY_BROKEN },
};

static void what_is_no_reply_is_broken_and_what_is_not_whole_waits(void **state)
{
	struct smtp_reply r;

	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++)
		if (smtp_reply_read(slice_of(replies[i].in), &r) != replies[i].want)
			fail_msg("%s", replies[i].in);
}

static void a_reply_without_end_is_broken(void **state)
{
	static char in[SMTP_LINE_MAX * 2], many[SMTP_REPLY_LINES * 10];
	struct smtp_reply r;
	size_t n = 0;

	(void)state;
	memset(in, 'x', sizeof(in));
	memcpy(in, "220 ", 4);
	assert_int_equal(smtp_reply_read((struct slice){ in, sizeof(in) }, &r),
			 SMTP_REPLY_BROKEN);
	in[sizeof(in) - 1] = '\n';
	assert_int_equal(smtp_reply_read((struct slice){ in, sizeof(in) }, &r),
			 SMTP_REPLY_BROKEN);
	while (n + 8 < sizeof(many))
		n += (size_t)snprintf(many + n, 8, "220-x\n");
	assert_int_equal(smtp_reply_read(slice_of(many), &r), SMTP_REPLY_BROKEN);
	assert_string_equal(r.why, "a reply of too many lines");
}

static void a_keyword_counts_whole_and_in_any_case(void **state)
{
	struct slice rest;

	(void)state;
	assert_true(smtp_keyword(SLICE("AUTH PLAIN LOGIN"), "AUTH", &rest));
	assert_true(slice_eq(rest, "PLAIN LOGIN"));
	assert_true(smtp_keyword(SLICE("auth=LOGIN"), "AUTH", &rest));
	assert_true(slice_eq(rest, "LOGIN"));
	assert_true(smtp_keyword(SLICE("StartTLS"), "STARTTLS", &rest));
	assert_int_equal(rest.n, 0);
	assert_false(smtp_keyword(SLICE("AUTHX PLAIN"), "AUTH", &rest));
	assert_false(smtp_keyword(SLICE("X AUTH"), "AUTH", &rest));
	assert_false(smtp_keyword(SLICE(""), "AUTH", &rest));
}

/* ---- conversations ------------------------------------------------------ */

static struct smtp_talk talk(struct arena *a, const char *transcript)
{
	struct smtp_talk t;

	smtp_talk_read(slice_of(transcript), a, &t);
	return t;
}

static void a_good_conversation_tells_what_is_offered_when(void **state)
{
	struct arena a = ARENA_INIT;
	struct smtp_talk t = talk(&a,
		"= connected\n< 220 mail.example ESMTP\n> EHLO x\n< 250-mail.example\n"
		"< 250-SIZE 1\n< 250 STARTTLS\n> STARTTLS\n< 220 go\n= tls TLSv1.3\n"
		"= certificate mail.example\n= until 1800000000\n> EHLO x\n"
		"< 250-mail.example\n< 250-AUTH PLAIN LOGIN\n< 250 HELP\n> QUIT\n< 221 bye\n");

	(void)state;
	assert_int_equal(t.state, TALK_ANSWERS);
	assert_null(t.why);
	assert_string_equal(t.banner, "mail.example ESMTP");
	assert_int_equal(t.tls, TALK_TLS_WORKS);
	assert_string_equal(t.tls_version, "TLSv1.3");
	assert_null(t.auth_before);
	assert_string_equal(t.auth_within, "PLAIN LOGIN");
	assert_true(t.ehlo_before && t.ehlo_within);
	assert_string_equal(t.certificate, "mail.example");
	assert_int_equal(t.certificate_until, 1800000000);
	arena_clear(&a);
}

/* A host may be called AUTH: the first line of EHLO's reply is its name. */
static void a_name_is_no_keyword(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	assert_null(talk(&a, "= connected\n< 220 x\n> EHLO x\n< 250 AUTH PLAIN\n").auth_before);
	assert_null(talk(&a, "= connected\n< 220 x\n> EHLO x\n< 250-x\n< 250 AUTH\n").auth_before);
	assert_null(talk(&a, "= connected\n< 220-x\n< 220 AUTH PLAIN\n").auth_before);
	assert_null(talk(&a, "= connected\n< 220 x\n> EHLO x\n< 502-x\n< 502 AUTH PLAIN\n").auth_before);
	arena_clear(&a);
}

static const struct {
	const char *transcript;
	enum talk_state state;
	enum talk_tls tls;
	const char *why;
} ends[] = {
	{ "= refused\n", TALK_REFUSED, TALK_TLS_NONE, "refused" },
	{ "= no answer\n", TALK_UNREACHED, TALK_TLS_NONE, "not answered" },
	{ "= error Network is unreachable\n", TALK_UNREACHED, TALK_TLS_NONE, "Network is unreachable" },
	{ "= connected\n= silent\n", TALK_SILENT, TALK_TLS_NONE, "silent" },
	{ "= connected\n= closed\n", TALK_CLOSED, TALK_TLS_NONE, "closed" },
	{ "= connected\n= broken a line without a reply code\n", TALK_NOT_SMTP, TALK_TLS_NONE, "reply code" },
	{ "= connected\n< hello\n", TALK_NOT_SMTP, TALK_TLS_NONE, "no SMTP" },
	{ "= connected\n< 554 go away\n> QUIT\n< 221 bye\n", TALK_TURNED_AWAY, TALK_TLS_NONE, "554 go away" },
	{ "= connected\n= tls failed wrong version number\n", TALK_TLS_FAILS, TALK_TLS_BROKEN, "wrong version" },
	{ "= connected\n< 220 x\n> EHLO x\n< 250-x\n< 250 STARTTLS\n> STARTTLS\n< 454 no\n> QUIT\n< 221 x\n",
	  TALK_ANSWERS, TALK_TLS_BROKEN, NULL },
	{ "= connected\n< 220 x\n> EHLO x\n< 250-x\n< 250 STARTTLS\n> STARTTLS\n< 220 go\n= tls failed eof\n",
	  TALK_ANSWERS, TALK_TLS_BROKEN, "eof" },
	{ "= connected\n< 220 x\n> EHLO x\n= closed\n", TALK_ANSWERS, TALK_TLS_NONE, "closed" },
	{ "= connected\n", TALK_UNKNOWN, TALK_TLS_NONE, "no end" },
	{ "", TALK_UNKNOWN, TALK_TLS_NONE, "no end" },
	{ "some other text\n", TALK_UNKNOWN, TALK_TLS_NONE, "no end" },
};

static void every_end_has_its_state_and_its_reason(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct smtp_talk t = talk(&a, ends[i].transcript);

		if (t.state != ends[i].state || t.tls != ends[i].tls ||
		    !t.why != !ends[i].why || (t.why && !strstr(t.why, ends[i].why)))
			fail_msg("%s: %s, %s", ends[i].transcript,
				 talk_state_name(t.state), t.why);
	}
	arena_clear(&a);
}

static void what_comes_after_an_end_does_not_make_it_good(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	assert_int_equal(talk(&a, "= connected\n< rubbish\n= silent\n").state, TALK_NOT_SMTP);
	assert_int_equal(talk(&a, "= refused\n= closed\n").state, TALK_REFUSED);
	arena_clear(&a);
}

static void whose_name_a_certificate_has_is_told_or_not_known(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	assert_int_equal(talk(&a, "= tls x\n= certificate m.example\n").names, TALK_NAMES_UNTOLD);
	assert_int_equal(talk(&a, "= tls x\n= names us\n").names, TALK_NAMES_US);
	assert_int_equal(talk(&a, "= tls x\n= names others\n").names, TALK_NAMES_OTHERS);
	assert_int_equal(talk(&a, "= tls x\n= names us too\n").names, TALK_NAMES_OTHERS);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_of_many_lines_is_one),
		cmocka_unit_test(what_is_no_reply_is_broken_and_what_is_not_whole_waits),
		cmocka_unit_test(a_reply_without_end_is_broken),
		cmocka_unit_test(a_keyword_counts_whole_and_in_any_case),
		cmocka_unit_test(a_good_conversation_tells_what_is_offered_when),
		cmocka_unit_test(whose_name_a_certificate_has_is_told_or_not_known),
		cmocka_unit_test(a_name_is_no_keyword),
		cmocka_unit_test(every_end_has_its_state_and_its_reason),
		cmocka_unit_test(what_comes_after_an_end_does_not_make_it_good),
	};

	return cmocka_run_group_tests_name("smtp_talk", tests, NULL, NULL);
}
