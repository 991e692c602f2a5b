#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "priv/reply.h"
#include "priv/sandbox.h"

static struct reply parse(enum reply_kind kind, const char *text)
{
	struct reply r;

	reply_parse(kind, "example.com", text, strlen(text), &r);
	return r;
}

#define ROW "{\"domain\":\"example.com\",\"mxcheck\":\"auto\",\"detected\":\"local\"}"

static void the_row_of_the_domain_is_found_in_every_wrapping(void **state)
{
	static const char *const texts[] = {
		"{\"status\":1,\"data\":[" ROW "],\"errors\":null}",
		"{\"result\":{\"status\":\"1\",\"data\":[" ROW "],\"errors\":[]}}\n",
		"{\"metadata\":{\"result\":\"1\"},\"data\":{\"uapi\":{\"status\":true,"
		"\"data\":[{\"domain\":\"other.com\",\"mxcheck\":\"remote\"}," ROW "]}}}",
		"{\"status\":1,\"data\":[7,null,[]," ROW "],\"errors\":\"\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct reply r = parse(REPLY_ROUTING, texts[i]);

		assert_int_equal(r.verdict, REPLY_OK);
		assert_true(r.listed);
		assert_string_equal(r.mxcheck, "auto");
		assert_string_equal(r.detected, "local");
	}
}

static void a_list_without_the_domain_is_no_error(void **state)
{
	static const char *const texts[] = {
		"{\"status\":1,\"data\":null}", "{\"status\":1,\"data\":[]}",
		"{\"status\":1,\"data\":{}}", "{\"status\":1}",
		"{\"status\":1,\"data\":[{\"domain\":\"www.example.com\",\"mxcheck\":\"auto\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct reply r = parse(REPLY_ROUTING, texts[i]);

		assert_int_equal(r.verdict, REPLY_OK);
		assert_false(r.listed);
	}
}

static void a_routing_of_unknown_words_is_no_value(void **state)
{
	struct reply r = parse(REPLY_ROUTING,
			       "{\"status\":1,\"data\":[{\"domain\":\"EXAMPLE.com\","
			       "\"mxcheck\":\"sideways\",\"detected\":7}]}");

	(void)state;
	assert_true(r.listed);
	assert_string_equal(r.mxcheck, "");
	assert_string_equal(r.detected, "");
}

static void each_of_the_three_statuses_can_refuse(void **state)
{
	static const char *const refused[] = {
		"{\"status\":0,\"data\":null,\"errors\":[\"no\"]}",
		"{\"status\":1,\"data\":{\"status\":0,\"statusmsg\":\"no\"}}",
		"{\"status\":1,\"data\":{\"status\":\"0\",\"statusmsg\":\"no\"}}",
		"{\"status\":1,\"data\":{\"status\":1},\"errors\":[\"no\"]}",
		"{\"status\":1,\"data\":{\"status\":1},\"errors\":\"no\"}",
		"{\"metadata\":{\"result\":0,\"reason\":\"no\"},\"result\":{\"status\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct reply r = parse(REPLY_SET, refused[i]);

		assert_int_equal(r.verdict, REPLY_REFUSED);
		assert_string_equal(r.why, "no");
	}
	assert_int_equal(parse(REPLY_SET, "{\"status\":1,\"data\":{\"status\":1}}").verdict,
			 REPLY_OK);
}

static void a_missing_status_is_unclear_not_ok(void **state)
{
	static const char *const texts[] = {
		"", "{", "null", "[]", "7", "{}", "\"status\"", "<html>login</html>",
		"{\"data\":{\"status\":1}}", "{\"status\":null,\"data\":{\"status\":1}}",
		"{\"status\":1,\"data\":null}", "{\"status\":1,\"data\":[]}",
		"{\"status\":1,\"data\":{\"status\":1}", "---\nstatus: 1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct reply r = parse(REPLY_SET, texts[i]);

		assert_int_equal(r.verdict, REPLY_UNCLEAR);
		assert_true(*r.why);
	}
}

static void a_feature_is_on_only_when_the_panel_says_so(void **state)
{
	static const char *const on[] = {
		"{\"status\":1,\"data\":1}", "{\"status\":1,\"data\":\"1\"}",
		"{\"status\":1,\"data\":true}", "{\"status\":1,\"data\":null}",
	};
	static const char *const off[] = {
		"{\"status\":1,\"data\":0}", "{\"status\":1,\"data\":\"0\"}",
		"{\"status\":1,\"data\":false}", "{\"status\":1,\"data\":\"\"}",
		"{\"status\":1,\"data\":{}}", "{\"status\":1,\"data\":[]}",
		"{\"status\":0,\"data\":1}", "{\"status\":1,\"data\":1,\"errors\":[\"x\"]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++)
		assert_int_equal(parse(REPLY_FEATURE, on[i]).verdict, REPLY_OK);
	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++)
		assert_int_equal(parse(REPLY_FEATURE, off[i]).verdict, REPLY_REFUSED);
}

static void the_panels_words_come_tidy_and_whole(void **state)
{
	char text[600];
	struct reply r = parse(REPLY_SET, "{\"status\":0,\"errors\":"
			       "[\"line\\none\\u001b[31m “x” \xff\xc3.\"]}");

	(void)state;
	assert_string_equal(r.why, "line one [31m “x” ??.");
	strcpy(text, "{\"status\":0,\"errors\":[\"");
	for (int i = 0; i < 150; i++)
		strcat(text, "“");
	strcat(text, "\"]}");
	r = parse(REPLY_SET, text);
	assert_int_equal(strlen(r.why), sizeof(r.why) - 1);
	assert_true(strspn(r.why, "\xe2\x80\x9c") / 3 * 3 >= sizeof(r.why) - 3);
}

static void depth_has_an_end(void **state)
{
	char *text = malloc(200001);

	(void)state;
	memset(text, '[', 200000);
	text[200000] = '\0';
	assert_int_equal(parse(REPLY_ROUTING, text).verdict, REPLY_UNCLEAR);
	free(text);
}

/* The status of a child that enters the sandbox and then does act. */
static int in_sandbox(void (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_enter(65534, 65534, 1))
			_exit(99);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void think(void)
{
	free(malloc(1 << 20));
}

static void open_a_file(void)
{
	_exit(open("/etc/passwd", O_RDONLY) < 0 ? 1 : 0);
}

static void become_root(void)
{
	_exit(setuid(0) ? 1 : 0);
}

static void start_a_process(void)
{
	_exit(fork() < 0 ? 1 : 0);
}

static void the_sandbox_leaves_thinking_alone(void **state)
{
	static void (*const forbidden[])(void) = {
		open_a_file, become_root, start_a_process
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_sandbox(think), 0);
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
		assert_int_not_equal(in_sandbox(forbidden[i]), 0);
}

#define SOA "{\"line_index\":0,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"SOA\",\"ttl\":86400,\"data_b64\":[\"bnMxLngu\",\"cm9vdC54Lg==\",\"MjAyNjExMjcwMQ==\",\"MQ==\",\"Mg==\",\"Mw==\",\"NA==\"]}"
#define SOA_NEXT "{\"line_index\":0,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"SOA\",\"ttl\":86400,\"data_b64\":[\"bnMxLngu\",\"cm9vdC54Lg==\",\"MjAyNjExMjcwMg==\",\"MQ==\",\"Mg==\",\"Mw==\",\"NA==\"]}"
#define SOA_OTHER "{\"line_index\":0,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"SOA\",\"ttl\":86400,\"data_b64\":[\"bnMxLngu\",\"cm9vdC54Lg==\",\"MjAyNjExMjcwMg==\",\"OQ==\",\"Mg==\",\"Mw==\",\"NA==\"]}"
#define MX_ABSOLUTE "{\"line_index\":3,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"MX\",\"ttl\":14400,\"data_b64\":[\"MTA=\",\"TWFpbC5FeGFtcGxlLmNvbS4=\"]}"
#define MX_RELATIVE "{\"line_index\":4,\"type\":\"record\",\"dname_b64\":\"QA==\",\"record_type\":\"MX\",\"ttl\":\"300\",\"data_b64\":[\"NQ==\",\"bWFpbA==\"]}"
#define MX_BELOW "{\"line_index\":5,\"type\":\"record\",\"dname_b64\":\"c3ViLmV4YW1wbGUuY29tLg==\",\"record_type\":\"MX\",\"ttl\":60,\"data_b64\":[\"MQ==\",\"eC4=\"]}"
#define ADDRESS "{\"line_index\":6,\"type\":\"record\",\"dname_b64\":\"bWFpbA==\",\"record_type\":\"A\",\"ttl\":60,\"data_b64\":[\"MTkyLjAuMi4x\"]}"
#define ADDRESS_OTHER "{\"line_index\":6,\"type\":\"record\",\"dname_b64\":\"bWFpbA==\",\"record_type\":\"A\",\"ttl\":60,\"data_b64\":[\"MTkyLjAuMi4y\"]}"
#define COMMENT "{\"line_index\":7,\"type\":\"comment\",\"text_b64\":\"OyBjaGFuZ2VkIDE=\"}"
#define CONTROL "{\"line_index\":8,\"type\":\"control\",\"text_b64\":\"JFRUTCA2MA==\"}"
#define CONTROL_OTHER "{\"line_index\":8,\"type\":\"control\",\"text_b64\":\"JFRUTCA2MQ==\"}"
#define ZONE(items) "{\"result\":{\"status\":1,\"data\":[" items "]}}"

static void the_mx_of_the_zones_name_and_its_serial_are_read(void **state)
{
	struct reply r = parse(REPLY_ZONE, ZONE(SOA "," MX_ABSOLUTE "," MX_BELOW "," MX_RELATIVE));

	(void)state;
	assert_int_equal(r.verdict, REPLY_OK);
	assert_true(r.listed);
	assert_int_equal(r.zone.serial, 2026112701);
	assert_int_equal(r.zone.n, 2);
	assert_false(r.zone.odd);
	assert_int_equal(r.zone.mx[0].line, 3);
	assert_string_equal(r.zone.mx[0].record.host, "mail.example.com");
	assert_string_equal(r.zone.mx[1].record.host, "mail.example.com");
	assert_int_equal(r.zone.mx[1].record.ttl, 300);
	assert_false(parse(REPLY_ZONE, ZONE(MX_ABSOLUTE)).listed);
	assert_false(parse(REPLY_ZONE, "{\"status\":1,\"data\":null}").listed);
}

static bool same_rest(const char *a, const char *b)
{
	struct reply x = parse(REPLY_ZONE, a), y = parse(REPLY_ZONE, b);

	return !memcmp(x.zone.rest, y.zone.rest, sizeof(x.zone.rest));
}

static void the_rest_is_all_but_the_mx_the_serial_comments_and_the_order(void **state)
{
	static const char before[] = ZONE(SOA "," MX_ABSOLUTE "," ADDRESS "," CONTROL);

	(void)state;
	assert_true(same_rest(before, ZONE(CONTROL "," ADDRESS "," COMMENT "," SOA_NEXT "," MX_RELATIVE)));
	assert_false(same_rest(before, ZONE(SOA "," MX_ABSOLUTE "," CONTROL)));
	assert_false(same_rest(before, ZONE(SOA "," ADDRESS_OTHER "," CONTROL)));
	assert_false(same_rest(before, ZONE(SOA "," ADDRESS "," ADDRESS "," CONTROL)));
	assert_false(same_rest(before, ZONE(SOA_OTHER "," ADDRESS "," CONTROL)));
	assert_false(same_rest(before, ZONE(SOA "," ADDRESS "," CONTROL_OTHER)));
	assert_false(same_rest(before, ZONE(SOA "," ADDRESS "," CONTROL "," MX_BELOW)));
}

/* Behind 4 KiB of one record nothing is looked at, nor written. */
static void a_name_longer_than_any_record_is_cut(void **state)
{
	char name[5000] = "", text[2][8192];
	static const char *const types[] = { "CNAME", "A" };

	(void)state;
	memset(name, 'A', sizeof(name) - 1);
	for (int i = 0; i < 2; i++)
		snprintf(text[i], sizeof(text[i]), "{\"status\":1,\"data\":[%s,{\"type\":\"record\",\"dname_b64\":\"%s\",\"record_type\":\"%s\",\"ttl\":60,\"data_b64\":[\"eA==\"]}]}",
			 SOA, name, types[i]);
	assert_true(parse(REPLY_ZONE, text[0]).listed);
	assert_true(same_rest(text[0], text[1]));
}

static void mx_records_that_could_not_be_put_back_are_odd(void **state)
{
	static const char *const records[] = {
		"{\"line_index\":9,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"MX\",\"ttl\":60,\"data_b64\":[\"MTA=\",\"YSBiLg==\"]}",
		"{\"line_index\":9,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"MX\",\"ttl\":60,\"data_b64\":[\"eA==\",\"YS4=\"]}",
		"{\"line_index\":9,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"MX\",\"ttl\":60,\"data_b64\":[\"MTA=\"]}",
		"{\"line_index\":-1,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"MX\",\"ttl\":60,\"data_b64\":[\"MTA=\",\"YS4=\"]}",
		"{\"line_index\":9,\"type\":\"record\",\"dname_b64\":\"ZXhhbXBsZS5jb20u\",\"record_type\":\"MX\",\"ttl\":60,\"data_b64\":[\"MTA=\",\"YS4AYi4=\"]}",
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		struct reply r;

		snprintf(text, sizeof(text), "{\"status\":1,\"data\":[%s,%s]}", SOA, records[i]);
		r = parse(REPLY_ZONE, text);
		assert_true(r.zone.odd);
		assert_int_equal(r.zone.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mx_of_the_zones_name_and_its_serial_are_read),
		cmocka_unit_test(the_rest_is_all_but_the_mx_the_serial_comments_and_the_order),
		cmocka_unit_test(a_name_longer_than_any_record_is_cut),
		cmocka_unit_test(mx_records_that_could_not_be_put_back_are_odd),
		cmocka_unit_test(the_row_of_the_domain_is_found_in_every_wrapping),
		cmocka_unit_test(a_list_without_the_domain_is_no_error),
		cmocka_unit_test(a_routing_of_unknown_words_is_no_value),
		cmocka_unit_test(each_of_the_three_statuses_can_refuse),
		cmocka_unit_test(a_missing_status_is_unclear_not_ok),
		cmocka_unit_test(a_feature_is_on_only_when_the_panel_says_so),
		cmocka_unit_test(the_panels_words_come_tidy_and_whole),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(the_sandbox_leaves_thinking_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
