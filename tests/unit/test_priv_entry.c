#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/percent.h"
#include "priv/entry.h"
#include "priv/field.h"

static const char id[] = "20261124-102030-0a1b2c";

static struct entry sample(void)
{
	struct entry x = { .id = "" };

	field_set(&x, id, "%s", id);
	field_set(&x, verb, "set_routing");
	field_set(&x, name, "example.com");
	field_set(&x, state, STATE_DONE);
	return x;
}

static int decode(struct entry *x, const char *line)
{
	struct err e = { .text = "" };
	int rc = entry_decode(x, slice_of(line), &e);

	if (rc)
		assert_true(e.code == ERR_BUG && *e.text);
	return rc;
}

static void an_entry_is_one_line_and_comes_back_whole(void **state)
{
	struct entry x = sample(), y;
	char line[ENTRY_LINE_MAX];
	size_t n;

	(void)state;
	field_set(&x, text, "two\nlines, 100%% of “them” = x\\ \x7f");
	n = entry_encode(&x, line, sizeof(line));
	assert_int_equal(n, strlen(line));
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	assert_int_equal(decode(&y, line), 0);
	assert_memory_equal(&x, &y, sizeof(x));
}

static void a_value_cannot_become_a_field(void **state)
{
	struct entry x = sample(), y;
	char line[ENTRY_LINE_MAX];

	(void)state;
	field_set(&x, state, STATE_FAILED);
	field_set(&x, by, "mallory state=KEPT\nstate=KEPT");
	entry_encode(&x, line, sizeof(line));
	assert_int_equal(decode(&y, line), 0);
	assert_true(entry_is(&y, STATE_FAILED));
	assert_string_equal(x.by, y.by);
}

static void the_longest_values_fit_into_a_line(void **state)
{
	struct entry x = sample(), y;
	char line[ENTRY_LINE_MAX];

	(void)state;
	memset(x.text, '%', sizeof(x.text) - 1);
	memset(x.value, 'v', sizeof(x.value) - 1);
	memset(x.name, 'n', sizeof(x.name) - 1);
	assert_true(entry_encode(&x, line, sizeof(line)) > 0);
	assert_int_equal(decode(&y, line), 0);
	assert_memory_equal(&x, &y, sizeof(x));
}

static void a_line_that_does_not_fit_is_not_written(void **state)
{
	struct entry x = sample();
	char line[ENTRY_LINE_MAX];
	size_t n = entry_encode(&x, line, sizeof(line));

	(void)state;
	for (size_t size = 1; size <= n; size++)
		assert_int_equal(entry_encode(&x, line, size), 0);
	assert_int_equal(entry_encode(&x, line, n + 1), n);
}

static void unknown_keys_are_passed_over_and_missing_ones_empty(void **state)
{
	struct entry x;
	char line[200];

	(void)state;
	snprintf(line, sizeof(line), "id=%s colour=red state=KEPT alone", id);
	assert_int_equal(decode(&x, line), 0);
	assert_true(entry_is(&x, STATE_KEPT));
	assert_string_equal(x.by, "");
}

static void what_is_cut_or_strange_is_no_entry(void **state)
{
	static const char *const bad[] = {
		"", "\n", "state=DONE", "id=20261124-102030-0a1b2c",
		"id=20261124-102030-0a1b2c state=MAYBE",
		"id=../../etc/passwd state=DONE",
		"id=20261124-102030-0a1b2c state=DONE text=%0",
		"id=20261124-102030-0a1b2c state=DONE text=%zz",
		"id=20261124-102030-0a1b2c state=DONE text=%00",
		"id=20261124-102030-0a1b2c state=DONE at=123456789012345678901234567890",
	};
	struct entry x;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(decode(&x, bad[i]), -1);
}

static void every_byte_survives_percent_encoding(void **state)
{
	char in[256], out[800], back[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		in[i] = (char)(i + 1);
	in[255] = '\0';
	assert_true(percent_encode(out, sizeof(out), in));
	assert_true(strspn(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			   "0123456789-._~%") == strlen(out));
	assert_true(percent_decode(back, sizeof(back), slice_of(out)));
	assert_string_equal(in, back);
	assert_false(percent_encode(out, 3, "%"));
	assert_true(percent_encode(out, 4, "%"));
	assert_string_equal(out, "%25");
}

static void a_sentence_is_cut_between_characters(void **state)
{
	struct { char s[6]; } x;

	(void)state;
	field_set(&x, s, "%s", "abc“”");
	assert_string_equal(x.s, "abc");
	field_set(&x, s, "%s", "ab“”");
	assert_string_equal(x.s, "ab“");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_one_line_and_comes_back_whole),
		cmocka_unit_test(a_value_cannot_become_a_field),
		cmocka_unit_test(the_longest_values_fit_into_a_line),
		cmocka_unit_test(a_line_that_does_not_fit_is_not_written),
		cmocka_unit_test(unknown_keys_are_passed_over_and_missing_ones_empty),
		cmocka_unit_test(what_is_cut_or_strange_is_no_entry),
		cmocka_unit_test(every_byte_survives_percent_encoding),
		cmocka_unit_test(a_sentence_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
