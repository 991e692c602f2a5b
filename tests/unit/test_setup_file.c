#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "render/setup_file.h"

static json_object *hostile(void)
{
	struct err e;
	const char *text =
		"{\"domain\":\"a\\\"><b>.example\",\"mailbox\":null,\"user\":\"x'&y\\u0001\\u00e4@a\","
		"\"host\":\"</hostname>\",\"incoming\":["
		"{\"protocol\":\"POP3\",\"port\":995,\"security\":\"SSL/TLS\",\"flaw\":\"old\"},"
		"{\"protocol\":\"IMAP\",\"port\":993,\"security\":\"SSL/TLS\",\"flaw\":null}],"
		"\"outgoing\":[{\"protocol\":\"SMTP\",\"port\":587,\"security\":\"STARTTLS\",\"flaw\":null}]}";

	return json_read(text, strlen(text), "a set-up", &e);
}

static char *made(const char *format, struct buf *b)
{
	json_object *o = hostile();

	setup_format_find(format)->put(b, o);
	json_object_put(o);
	return b->data;
}

static void names_stay_text_in_both_files(void **state)
{
	static const char *const formats[] = { "autoconfig", "mobileconfig" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf b = BUF_INIT(65536);
		const char *text = made(formats[i], &b);

		assert_null(strstr(text, "<b>"));
		assert_null(strstr(text, "</hostname><"));
		assert_non_null(strstr(text, "&lt;/hostname&gt;"));
		for (const char *p = text; *p; p++)
			assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
		buf_free(&b);
	}
}

static void ways_with_a_flaw_are_left_out(void **state)
{
	struct buf b = BUF_INIT(65536), c = BUF_INIT(65536);

	(void)state;
	assert_null(strstr(made("autoconfig", &b), "995"));
	assert_non_null(strstr(b.data, "<port>993</port>"));
	assert_null(strstr(made("mobileconfig", &c), "995"));
	assert_non_null(strstr(c.data, "EmailTypeIMAP"));
	buf_free(&b);
	buf_free(&c);
}

static void without_a_mailbox_the_program_fills_in_or_asks(void **state)
{
	struct buf b = BUF_INIT(65536), c = BUF_INIT(65536);

	(void)state;
	assert_non_null(strstr(made("autoconfig", &b), "<username>%EMAILADDRESS%</username>"));
	assert_null(strstr(made("mobileconfig", &c), "ServerUsername"));
	assert_null(strstr(c.data, "EmailAddress<"));
	buf_free(&b);
	buf_free(&c);
}

static void another_format_is_none(void **state)
{
	(void)state;
	assert_null(setup_format_find("exe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_text_in_both_files),
		cmocka_unit_test(ways_with_a_flaw_are_left_out),
		cmocka_unit_test(without_a_mailbox_the_program_fills_in_or_asks),
		cmocka_unit_test(another_format_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
