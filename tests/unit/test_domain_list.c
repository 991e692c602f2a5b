#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/domain_list.h"
#include "mail/key_value.h"

/* What a text gives, one entry a word: "+a.example@1" is a member on line 1,
 * "-b.example@2" a line that cannot match, "*@3" a pattern. */
static const char *entries(const char *text, size_t n)
{
	static char out[4000];
	struct domain_list l;
	struct domain_list_entry x;
	size_t used = 0;

	out[0] = '\0';
	domain_list_init(&l, (struct slice){ text, n });
	while (domain_list_next(&l, &x)) {
		assert_true(x.kind == LIST_ENTRY_MEMBER ? !x.why : x.why != NULL);
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%c%s@%u",
					 used ? " " : "", "+-*"[x.kind], x.domain, x.line);
		assert_true(used < sizeof(out));
	}
	return out;
}

#define ENTRIES(literal) entries(literal, sizeof(literal) - 1)

static void names_are_members_in_lower_case(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a.example\nB.Example\nxn--bcher-kva.example\n"),
			    "+a.example@1 +b.example@2 +xn--bcher-kva.example@3");
}

static void crlf_values_and_a_missing_last_newline_do_no_harm(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a.example\r\nb.example: bob\nc.example:\nd.example"),
			    "+a.example@1 +b.example@2 +c.example@3 +d.example@4");
}

static void comments_and_blank_lines_say_nothing(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("\n# a.example\n \t\n\r\n   # note\nb.example\n"),
			    "+b.example@6");
	assert_string_equal(ENTRIES(""), "");
}

static void a_trailing_dot_matches_nothing_but_tells_what_was_meant(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a.example.\n"), "-a.example@1");
	assert_string_equal(ENTRIES("A.example.: x\n"), "-a.example@1");
}

static void a_leading_blank_makes_a_continuation(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a.example: one\n two\n\tb.example\n"),
			    "+a.example@1 -b.example@3");
}

static void a_byte_order_mark_spoils_the_first_name(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("\xef\xbb\xbf" "a.example\nb.example\n"),
			    "-a.example@1 +b.example@2");
	assert_string_equal(ENTRIES("\xef\xbb\xbf# made by an editor\nb.example\n"),
			    "-@1 +b.example@2");
}

static void utf16_is_named_as_such(void **state)
{
	static const char text[] = "\xff\xfe" "a\0.\0e\0x\0\n\0";
	struct domain_list l;
	struct domain_list_entry x;

	(void)state;
	domain_list_init(&l, (struct slice){ text, sizeof(text) - 1 });
	assert_true(domain_list_next(&l, &x));
	assert_int_equal(x.kind, LIST_ENTRY_UNUSABLE);
	assert_non_null(strstr(x.why, "UTF-16"));
}

static void patterns_are_told_apart_from_faults(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("*\n*.a.example\n^.*b\n"), "*@1 *@2 *@3");
}

static void quoted_keys_are_members(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("\"a.example\"\n\"b.example\" x\n\"c.ex\\ample\"\n\"d.example\n"),
			    "+a.example@1 +b.example@2 +c.example@3 +d.example@4");
	assert_string_equal(ENTRIES("\"a b.example\"\n"), "-@1");
}

static void what_is_no_domain_is_a_fault_without_a_name(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a@b.example\n:x\na..b\nb\xc3\xbc.example\n"),
			    "-@1 -@2 -@3 -@4");
}

static void only_the_first_name_of_a_line_counts(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a.example b.example # c.example\nd.example\n"),
			    "+a.example@1 -b.example@1 +d.example@2");
	assert_string_equal(ENTRIES("a.example\rb.example\rc.example\r"),
			    "+a.example@1 -b.example@1 -c.example@1");
}

static void a_nul_byte_hides_the_line_after_it(void **state)
{
	(void)state;
	assert_string_equal(ENTRIES("a.example\0x\nb.example\nc.example\n"),
			    "+a.example@1 -b.example@2 +c.example@3");
}

static void a_name_may_be_253_bytes_long_and_no_longer(void **state)
{
	char name[300];
	size_t n = 0;

	(void)state;
	while (n < 252) {
		memset(name + n, 'a', 62);
		n += 62;
		name[n++] = '.';
	}
	name[n++] = 'b';	/* 4 labels of 62, then one of one: 253 */
	assert_int_equal(n, 253);
	assert_int_equal(*entries(name, n), '+');
	name[n++] = 'b';
	assert_int_equal(*entries(name, n), '-');
}

static void a_hundred_thousand_lines_are_counted_and_read(void **state)
{
	enum { LINES = 100000 };
	char *text = malloc(LINES * 20), *p = text;
	struct domain_list l;
	struct domain_list_entry x;
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		p += sprintf(p, "d%u.example\n", i);
	domain_list_init(&l, (struct slice){ text, (size_t)(p - text) });
	while (domain_list_next(&l, &x))
		n += x.kind == LIST_ENTRY_MEMBER && x.line == n + 1;
	assert_int_equal(n, LINES);
	assert_int_equal(domain_list_lines(&l), LINES);
	assert_string_equal(x.domain, "d99999.example");
	free(text);
}

static void pairs_are_read_leniently(void **state)
{
	static const char text[] = "\xef\xbb\xbf" "A.example: bob\r\n*: nobody\n# x: y\n"
		"no colon\n  blanks.example  \n: no key\n  b.example.  :  alice  \nc.example:\n";
	static const char *const want[][2] = {
		{ "a.example", "bob" }, { "*", "nobody" }, { "b.example", "alice" },
		{ "c.example", "" },
	};
	struct key_value k;
	struct key_value_pair x;
	size_t n = 0;

	(void)state;
	key_value_init(&k, (struct slice){ text, sizeof(text) - 1 });
	for (; key_value_next(&k, &x); n++) {
		assert_true(n < 4);
		assert_string_equal(x.key, want[n][0]);
		assert_true(slice_eq(x.value, want[n][1]));
	}
	assert_int_equal(n, 4);
	assert_int_equal(x.line, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_members_in_lower_case),
		cmocka_unit_test(crlf_values_and_a_missing_last_newline_do_no_harm),
		cmocka_unit_test(comments_and_blank_lines_say_nothing),
		cmocka_unit_test(a_trailing_dot_matches_nothing_but_tells_what_was_meant),
		cmocka_unit_test(a_leading_blank_makes_a_continuation),
		cmocka_unit_test(a_byte_order_mark_spoils_the_first_name),
		cmocka_unit_test(utf16_is_named_as_such),
		cmocka_unit_test(patterns_are_told_apart_from_faults),
		cmocka_unit_test(quoted_keys_are_members),
		cmocka_unit_test(what_is_no_domain_is_a_fault_without_a_name),
		cmocka_unit_test(only_the_first_name_of_a_line_counts),
		cmocka_unit_test(a_nul_byte_hides_the_line_after_it),
		cmocka_unit_test(a_name_may_be_253_bytes_long_and_no_longer),
		cmocka_unit_test(a_hundred_thousand_lines_are_counted_and_read),
		cmocka_unit_test(pairs_are_read_leniently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
