#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mx_text.h"
#include "base/sha256.h"

static void one_set_has_one_text(void **state)
{
	struct mx_line lines[] = {
		{ 300, 20, "b.example" }, { 60, 10, "z.example" }, { 14400, 10, "a.example" },
	};
	struct mx_line again[MX_LINES_MAX];
	char text[256], copy[256];
	size_t n;

	(void)state;
	assert_true(mx_text_print(text, sizeof(text), lines, 3));
	assert_string_equal(text, "10 a.example ttl 14400, 10 z.example ttl 60, 20 b.example ttl 300");
	assert_true(mx_text_parse(text, again, &n));
	assert_int_equal(n, 3);
	assert_true(mx_text_print(copy, sizeof(copy), again, n));
	assert_string_equal(copy, text);
}

static void nothing_and_the_null_mx_are_sets_too(void **state)
{
	struct mx_line lines[MX_LINES_MAX] = { { 60, 0, "." } };
	char text[64];
	size_t n = 9;

	(void)state;
	assert_true(mx_text_print(text, sizeof(text), lines, 1));
	assert_string_equal(text, "0 . ttl 60");
	assert_true(mx_text_parse("none", lines, &n));
	assert_int_equal(n, 0);
	assert_true(mx_text_print(text, sizeof(text), lines, 0));
	assert_string_equal(text, "none");
}

static void any_other_form_is_no_set(void **state)
{
	static const char *const texts[] = {
		"", " ", "none ", "10 a.example", "10 a.example ttl", "10 a.example ttl x",
		"10 a.example ttl 1,", "10 a.example ttl 1, ", ", 10 a.example ttl 1",
		"10 a.example ttl 1,20 b.example ttl 1", "20 a.example ttl 1, 10 b.example ttl 1",
		"+1 a.example ttl 1", "01 a.example ttl 1", "10 A.example ttl 1",
		"10 a..example ttl 1", "10 a.example. ttl 1", "10 -1 ttl 99999999999",
		"10 a\"b ttl 1", "65536 a.example ttl 1", "10 a.example TTL 1",
	};
	struct mx_line lines[MX_LINES_MAX];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (mx_text_parse(texts[i], lines, &n))
			fail_msg("taken for a set: '%s'", texts[i]);
}

static void what_does_not_fit_is_not_cut(void **state)
{
	struct mx_line lines[MX_LINES_MAX + 1];
	char text[40], large[1024];

	(void)state;
	for (size_t i = 0; i <= MX_LINES_MAX; i++)
		lines[i] = (struct mx_line){ 1, (uint16_t)i, "mail.shop.example" };
	assert_false(mx_text_print(text, sizeof(text), lines, 2));
	assert_false(mx_text_print(large, sizeof(large), lines, MX_LINES_MAX + 1));
	memcpy(lines[0].host, "no host", 8);
	assert_false(mx_text_print(large, sizeof(large), lines, 1));
}

/* FIPS 180-4's own examples, and the lengths around a block's end. */
static void sha256_is_the_standards(void **state)
{
	static const struct { const char *text; uint32_t first, last; } cases[] = {
		{ "", 0xe3b0c442, 0x7852b855 }, { "abc", 0xba7816bf, 0xf20015ad },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  0x248d6a61, 0x19db06c1 },
	};
	uint32_t out[SHA256_WORDS];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sha256(cases[i].text, strlen(cases[i].text), out);
		assert_int_equal(out[0], cases[i].first);
		assert_int_equal(out[7], cases[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_set_has_one_text),
		cmocka_unit_test(nothing_and_the_null_mx_are_sets_too),
		cmocka_unit_test(any_other_form_is_no_set),
		cmocka_unit_test(what_does_not_fit_is_not_cut),
		cmocka_unit_test(sha256_is_the_standards),
	};

	return cmocka_run_group_tests_name("mx_text", tests, NULL, NULL);
}
