#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "http/fields.h"

static struct arena arena;

static int clear(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static struct fields form(const char *text, int rc)
{
	struct fields f = FIELDS_INIT(&arena);
	struct err e = { .text = "" };

	if (fields_read_form(&f, slice_of(text), &e) != rc)
		fail_msg("[%s]: %s", text, e.text);
	return f;
}

static void a_form_is_decoded(void **state)
{
	struct fields f = form("a=b+c%20d&%61b=%C3%A9&&empty=&bare", 0);

	(void)state;
	assert_string_equal(fields_get(&f, "a"), "b c d");
	assert_string_equal(fields_get(&f, "ab"), "\xc3\xa9");
	assert_string_equal(fields_get(&f, "empty"), "");
	assert_string_equal(fields_get(&f, "bare"), "");
	assert_null(fields_get(&f, "c"));
}

static void what_is_no_form_is_refused(void **state)
{
	static const char *const bad[] = {
		"a=%", "a=%4", "a=%zz", "a=%00", "%=1", "a=1&a=2", "a=1&%61=2",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1",
	};
	struct buf many = BUF_INIT(4096), large = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		form(bad[i], -1);
	for (int i = 0; i <= FIELDS_MAX; i++)
		buf_printf(&many, "f%d=1&", i);
	form(many.data, -1);
	buf_puts(&large, "a=");
	for (int i = 0; i <= FIELD_VALUE_MAX; i++)
		buf_puts(&large, "x");
	form(large.data, -1);
	buf_free(&many);
	buf_free(&large);
}

static void a_json_object_is_fields_too(void **state)
{
	struct fields f = FIELDS_INIT(&arena);
	json_object *under;
	struct err e;

	(void)state;
	assert_int_equal(fields_read_json(&f, SLICE(
		"{\"finding\":\"c:d\",\"n\":7,\"yes\":true,\"none\":null,"
		"\"params\":{\"value\":\"remote\",\"gateway\":\"yes\"}}"), &e), 0);
	assert_string_equal(fields_get(&f, "finding"), "c:d");
	assert_int_equal(fields_number(&f, "n", 0), 7);
	assert_string_equal(fields_get(&f, "yes"), "true");
	assert_null(fields_get(&f, "none"));
	under = fields_under(&f, "params.");
	assert_string_equal(json_text(under, "value"), "remote");
	assert_string_equal(json_text(under, "gateway"), "yes");
	json_object_put(under);
}

static void what_is_no_flat_json_object_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "[]", "7", "\"a\"", "{", "{}x", "{\"a\":[]}", "{\"a\":1.5}",
		"{\"a\":{\"b\":{\"c\":\"d\"}}}", "{\"a\":\"b\\u0000c\"}",
		"{\"a.b\":\"1\",\"a\":{\"b\":\"2\"}}", "null",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fields f = FIELDS_INIT(&arena);
		struct err e = { .text = "" };

		if (!fields_read_json(&f, slice_of(bad[i]), &e))
			fail_msg("[%s] is taken", bad[i]);
		assert_true(e.code == ERR_INPUT || e.code == ERR_LIMIT);
	}
}

struct sample {
	enum field_type type;
	const char *value;
	bool fits;
};

static void each_type_lets_through_what_it_says(void **state)
{
	static const struct sample samples[] = {
		{ FIELD_DOMAIN, "example.com", 1 }, { FIELD_DOMAIN, "a b", 0 },
		{ FIELD_DOMAIN, "<script>", 0 }, { FIELD_DOMAIN, "example.com.", 0 },
		{ FIELD_FINDING, "dns_unanswered:example.com", 1 },
		{ FIELD_FINDING, "domain_lists_unreadable:/etc/localdomains", 1 },
		{ FIELD_FINDING, "example.com", 0 }, { FIELD_FINDING, ":x", 0 },
		{ FIELD_FINDING, "x:", 0 }, { FIELD_FINDING, "X:y", 0 },
		{ FIELD_FINDING, "../x:y", 0 }, { FIELD_FINDING, "x:a\nb", 0 },
		{ FIELD_CHANGE, "20261124-100500-a1b2c3", 1 },
		{ FIELD_CHANGE, "../../etc/passwd", 0 }, { FIELD_CHANGE, "a/b", 0 },
		{ FIELD_CHANGE, "11111111111111111111111111111111", 0 },
		{ FIELD_WORD, "history", 1 }, { FIELD_WORD, "a-b", 0 },
		{ FIELD_PATH, "v1/findings", 1 }, { FIELD_PATH, "v1/../x", 0 },
		{ FIELD_SEVERITY, "critical", 1 }, { FIELD_SEVERITY, "Critical", 0 },
		{ FIELD_SEVERITY, "fatal", 0 },
		{ FIELD_NUMBER, "1", 1 }, { FIELD_NUMBER, "0", 0 },
		{ FIELD_NUMBER, "-1", 0 }, { FIELD_NUMBER, "1000001", 0 },
		{ FIELD_FLAG, "true", 1 }, { FIELD_FLAG, "1", 0 },
		{ FIELD_DIGEST, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 1 },
		{ FIELD_DIGEST, "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", 0 },
		{ FIELD_DIGEST, "0123", 0 },
		{ FIELD_NONCE, "1764000000.00ff", 1 }, { FIELD_NONCE, "x", 0 },
		{ FIELD_TEXT, "anything <at> all", 1 }, { FIELD_TEXT, "two\nlines", 0 },
		{ FIELD_TEXT, "\x1b[2J", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const struct field table[] = {
			{ "f", samples[i].type, true }, { NULL, FIELD_TEXT, false }
		};
		struct fields f = FIELDS_INIT(&arena);
		struct err e;
		bool fits;

		f.pair[0].name = "f";
		f.pair[0].value = samples[i].value;
		f.n = 1;
		fits = fields_check(&f, table, FIELDS_OTHERS_REFUSED, &e) == 0;
		if (fits != samples[i].fits)
			fail_msg("type %d, [%s]", samples[i].type, samples[i].value);
	}
}

static const struct field table[] = {
	{ "name", FIELD_DOMAIN, true }, { "q", FIELD_TEXT, false },
	{ "params.", FIELD_PARAM, false }, { NULL, FIELD_TEXT, false }
};

static void domains_are_lower_cased(void **state)
{
	struct fields f = form("name=Example.COM", 0);
	struct err e;

	(void)state;
	assert_int_equal(fields_check(&f, table, FIELDS_OTHERS_REFUSED, &e), 0);
	assert_string_equal(fields_get(&f, "name"), "example.com");
}

static void an_empty_field_is_an_absent_one(void **state)
{
	struct fields f = form("name=&q=", 0), g = form("name=a&q=", 0);
	struct err e;

	(void)state;
	assert_int_equal(fields_check(&f, table, FIELDS_OTHERS_REFUSED, &e), -1);
	assert_non_null(strstr(e.text, "name is missing"));
	assert_int_equal(fields_check(&g, table, FIELDS_OTHERS_REFUSED, &e), 0);
	assert_null(fields_get(&g, "q"));
}

static void what_the_table_does_not_name_is_refused_or_dropped(void **state)
{
	struct fields f = form("name=a&login=1", 0), g = f;
	struct err e;

	(void)state;
	assert_int_equal(fields_check(&f, table, FIELDS_OTHERS_REFUSED, &e), -1);
	assert_int_equal(fields_check(&g, table, FIELDS_OTHERS_DROPPED, &e), 0);
	assert_null(fields_get(&g, "login"));
}

static void parameters_have_plain_names(void **state)
{
	struct fields f = form("name=a&params.value=remote", 0);
	struct fields g = form("name=a&params.=x", 0), h = form("name=a&params.A.b=x", 0);
	struct err e;

	(void)state;
	assert_int_equal(fields_check(&f, table, FIELDS_OTHERS_REFUSED, &e), 0);
	assert_int_equal(fields_check(&g, table, FIELDS_OTHERS_REFUSED, &e), -1);
	assert_int_equal(fields_check(&h, table, FIELDS_OTHERS_REFUSED, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_form_is_decoded, clear),
		cmocka_unit_test_teardown(what_is_no_form_is_refused, clear),
		cmocka_unit_test_teardown(a_json_object_is_fields_too, clear),
		cmocka_unit_test_teardown(what_is_no_flat_json_object_is_refused, clear),
		cmocka_unit_test_teardown(each_type_lets_through_what_it_says, clear),
		cmocka_unit_test_teardown(domains_are_lower_cased, clear),
		cmocka_unit_test_teardown(an_empty_field_is_an_absent_one, clear),
		cmocka_unit_test_teardown(what_the_table_does_not_name_is_refused_or_dropped, clear),
		cmocka_unit_test_teardown(parameters_have_plain_names, clear),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
