#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "mail/cause.h"
#include "mail/cause_help.h"
#include "mail/cause_table.h"
#include "mail/credentials.h"

static const char *class_of(const char *text, unsigned places)
{
	return cause_class_name(cause_of_text(slice_of(text), places).class);
}

static const char *rule_of(const char *text, unsigned places)
{
	return cause_of_text(slice_of(text), places).rule;
}

static void the_same_words_mean_another_thing_in_another_place(void **state)
{
	const char *text = "550 relay not permitted";

	(void)state;
	assert_string_equal(class_of(text, PLACE_REFUSED), "relay_unauth");
	assert_string_equal(class_of(text, PLACE_REMOTE), "relay_remote_denied");
	assert_string_equal(class_of(text, PLACE_LOOSE), "relay_unauth");
	assert_string_equal(class_of(text, PLACE_VERIFY), "unknown");
	assert_string_equal(class_of("Relay access denied", PLACE_REFUSED), "relay_unauth");
	assert_string_equal(class_of("Relay access denied", PLACE_REMOTE), "relay_other_mta");
}

/* A blank in front or behind sends a text past the short list, to the table. */
static void what_is_said_most_often_means_what_the_table_says(void **state)
{
	static const struct {
		const char *text, *longer;
		unsigned place;
	} said[] = {
		{ "Rejected relay attempt: '1.2.3.4' From: 'a@b' To: 'c@d'",
		  " Rejected relay attempt: '1.2.3.4' From: 'a@b' To: 'c@d'", PLACE_REFUSED },
		{ "relay not permitted", "relay not permitted ", PLACE_REFUSED },
		{ "Sender verify failed", "Sender verify failed ", PLACE_REFUSED },
		{ "all relevant MX records point to non-existent hosts",
		  "all relevant MX records point to non-existent hosts ", PLACE_VERIFY },
		{ "No Such User Here\"", "No Such User Here\" ", PLACE_REFUSED },
		{ "Connection timed out", "Connection timed out ", PLACE_HERE },
		{ "retry timeout exceeded", "retry timeout exceeded ", PLACE_HERE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		assert_string_equal(class_of(said[i].text, said[i].place),
				    class_of(said[i].longer, said[i].place));
		assert_string_equal(rule_of(said[i].text, said[i].place),
				    rule_of(said[i].longer, said[i].place));
	}
}

static void a_code_alone_decides_nothing(void **state)
{
	static const char *const texts[] = {
		"550 5.7.1", "550-5.7.1 \n550 5.7.1 no", "554 5.7.1 Message refused",
		"535", "552 5.2.2 x", "550 5.1.1 no", "530 5.7.0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_string_equal(class_of(texts[i], PLACE_LOOSE), "unknown");
}

static void reply_lines_are_joined_wherever_they_were_cut(void **state)
{
	static const char *const texts[] = {
		"550-relay\n550 not permitted", "550-relay\r\n550-not\r\n550 permitted",
		"550-relay\\n550 not permitted", "550-5.7.1 relay\n550-5.7.1 not\n550 5.7.1 permitted",
		"550 relay 550-not 550 permitted", "  550 Relay  NOT\tpermitted  ",
		"said: 550-relay 550 not permitted", "'550-relay 550 not permitted'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_string_equal(class_of(texts[i], PLACE_LOOSE), "relay_unauth");
	/* A number that is no code of this reply stays where it is. */
	assert_string_equal(class_of("550 relay 451 not permitted", PLACE_LOOSE), "unknown");
}

static void words_inside_names_and_addresses_are_no_words(void **state)
{
	static const char *const texts[] = {
		"550 <\"relay not permitted\"@d.example>: no", "550 \"relay not permitted\"@d.example: no",
		"550 dmarc@d.example: no", "550 mx.dmarc.example says no", "550 dmarc-host says no",
		"550 (relay not permitted) [192.0.2.1] says no", "550 unrelay not permitted",
		"550 relay not permittedness", "550 <dnsbl@d.example>... no",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_string_equal(class_of(texts[i], PLACE_LOOSE), "unknown");
	assert_string_equal(class_of("550 DMARC: no", PLACE_LOOSE), "auth_policy");
}

static void a_cause_in_the_text_wins_over_a_timeout_behind_it(void **state)
{
	(void)state;
	assert_string_equal(rule_of("mailbox is full: retry timeout exceeded", PLACE_HERE), "G06");
	assert_string_equal(rule_of("Connection timed out: retry timeout exceeded", PLACE_HERE), "B01");
	assert_string_equal(rule_of("all hosts for 'd' have been failing for a long time (and retry time not reached)", PLACE_HERE), "G03");
	assert_string_equal(rule_of("retry timeout exceeded", PLACE_HERE), "G01");
}

static void only_what_a_client_chose_is_asked_for_imitations(void **state)
{
	(void)state;
	assert_true(cause_is_imitated(SLICE("\"relay not permitted\"@d.example")));
	assert_true(cause_is_imitated(SLICE("x) rejected RCPT <a@b>: relay not permitted")));
	assert_false(cause_is_imitated(SLICE("user@d.example")));
	assert_false(cause_is_imitated(SLICE("Minutes of the meeting")));
}

static void every_wording_is_written_as_it_is_looked_for(void **state)
{
	(void)state;
	for (const struct cause_row *r = cause_rows; r->words.p; r++) {
		assert_true(r->places && r->cause.rule);
		for (const char *p = r->words.p; *p; p++)
			assert_false((*p >= 'A' && *p <= 'Z') || (*p == ' ' && p[1] == ' '));
	}
}

/* Each row can be reached: its first wording gives it, in one of its places. */
static void no_row_stands_in_anothers_shadow(void **state)
{
	char words[200];

	(void)state;
	for (const struct cause_row *r = cause_rows; r->words.p; r++) {
		bool reached = false;
		size_t n = strcspn(r->words.p, "|");

		assert_true(n < sizeof(words));
		memcpy(words, r->words.p, n);
		words[n] = '\0';
		for (char *p = words; *p; p++)
			if (*p == '~' || *p == '^')
				*p = ' ';
		for (unsigned place = PLACE_REFUSED; place <= PLACE_LOOSE; place <<= 1) {
			struct cause c = cause_of_text(slice_of(words), place);

			reached |= (r->places & place) && c.class == r->cause.class &&
				!strcmp(c.rule, r->cause.rule) && c.who == r->cause.who;
		}
		if (!reached)
			print_error("%s\n", words);
		assert_true(reached);
	}
}

static void every_cause_has_words_for_people(void **state)
{
	(void)state;
	for (const struct cause_row *r = cause_rows; r->words.p; r++) {
		const struct cause_help *h = cause_help(&r->cause);

		assert_true(h->class == r->cause.class && h->title && h->text && h->steps[0]);
		if (r->cause.class == CAUSE_UNKNOWN)
			assert_string_equal(h->rule, r->cause.rule);
	}
	for (int c = 0; c < CAUSE_CLASSES; c++)
		assert_non_null(cause_class_name((enum cause_class)c));
}

static void a_password_behind_auth_is_cut_and_nothing_else(void **state)
{
	static const char *const pairs[][2] = {
		{ "AUTH PLAIN AGJvYgBzZWNyZXQ=", "AUTH PLAIN ****************" },
		{ "x auth login\tAGJvYgBz y", "x auth login\t******** y" },
		{ "AUTH PLAIN a", "AUTH PLAIN *" },
		{ "in \"AUTH PLAIN AGJv\" H=(x)", "in \"AUTH PLAIN ****\" H=(x)" },
		{ "in \"AUTH PLAIN a\"secret\" H=(x)", "in \"AUTH PLAIN ********\" H=(x)" },
		{ "in \"AUTH PLAIN aB sec ret\": no", "in \"AUTH PLAIN **********\": no" },
		{ "in \"AUTH PLAIN aB secret", "in \"AUTH PLAIN *********" },
		{ "<AUTH PLAIN a'b>c> no", "<AUTH PLAIN *****> no" },
		{ "AUTH LOGIN \"my secret\" no", "AUTH LOGIN **********\" no" },
		{ "AUTH LOGIN 'my\nno", "AUTH LOGIN ***\nno" },
		{ "AUTH LOGIN a\"b'c>d no", "AUTH LOGIN ******* no" },
		{ "said \"no AUTH PLAIN ab\"", "said \"no AUTH PLAIN **\"" },
		{ "AUTH PLAIN abc: no", "AUTH PLAIN **** no" },
		{ "\"AUTH command used when not advertised\"", "\"AUTH command used when not advertised\"" },
		{ "AUTH command used when not advertised", "AUTH command used when not advertised" },
		{ "SMTP AUTH is required for it", "SMTP AUTH is required for it" },
		{ "oauth PLAIN AGJvYgBzZWNyZXQ=", "oauth PLAIN AGJvYgBzZWNyZXQ=" },
		{ "AUTH", "AUTH" }, { "AUTH ", "AUTH " }, { "", "" },
	};
	char copy[100];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		memcpy(copy, pairs[i][0], strlen(pairs[i][0]) + 1);
		assert_string_equal(credentials_cut(copy), pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_words_mean_another_thing_in_another_place),
		cmocka_unit_test(what_is_said_most_often_means_what_the_table_says),
		cmocka_unit_test(a_code_alone_decides_nothing),
		cmocka_unit_test(reply_lines_are_joined_wherever_they_were_cut),
		cmocka_unit_test(words_inside_names_and_addresses_are_no_words),
		cmocka_unit_test(a_cause_in_the_text_wins_over_a_timeout_behind_it),
		cmocka_unit_test(only_what_a_client_chose_is_asked_for_imitations),
		cmocka_unit_test(every_wording_is_written_as_it_is_looked_for),
		cmocka_unit_test(no_row_stands_in_anothers_shadow),
		cmocka_unit_test(every_cause_has_words_for_people),
		cmocka_unit_test(a_password_behind_auth_is_cut_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
