#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "mail/home_file.h"

static struct arena arena = ARENA_INIT;

static int drop(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

/* ---- what a file says ----------------------------------------------------- */

/* "3 a@b.example if copy; …" */
static const char *commands(const char *name, const char *text)
{
	static const char *const kinds[] = {
		"to", "account", "pipe", "file", "discard", "refuse", "defer", "odd"
	};
	struct home_command x;
	struct home_file h;
	const char *out = "";

	home_file_init(&h, name, slice_of(text));
	while (home_file_next(&h, &x))
		out = arena_printf(&arena, "%s%s%u %s %.*s%s%s", out, *out ? "; " : "", x.line,
				   x.answers ? "answer" : kinds[x.kind],
				   *x.address ? (int)strlen(x.address) : (int)x.text.n,
				   *x.address ? x.address : x.text.p,
				   x.conditional ? " if" : "", x.copy ? " copy" : "");
	return out;
}

static const struct {
	const char *text, *want;
} filters[] = {
	{ "# Exim filter\ndeliver \"A@b.example\"\n", "2 to a@b.example" },
	{ "unseen noerror deliver a@b.example", "1 to a@b.example copy" },
	{ "noerror unseen deliver a@b.example", "1 to a@b.example copy" },
	{ "if $h_subject: contains mail or $h_to: is save then deliver a@b.example endif",
	  "1 to a@b.example if" },
	{ "if a is b then save \"/x\" elif c is d then pipe \"/bin/p -x\" else deliver e@f.example endif",
	  "1 file /x if; 1 pipe /bin/p -x if; 1 to e@f.example if" },
	{ "if not first_delivery and error_message then finish endif\ndeliver a@b.example",
	  "2 to a@b.example" },
	{ "if $h_x: is y then finish endif\ndeliver a@b.example", "2 to a@b.example if" },
	{ "finish\ndeliver a@b.example", "" },
	{ "fail text \"no\"\ndeliver a@b.example", "1 refuse " },
	{ "if a is b then fail endif deliver a@b.example", "1 refuse  if; 1 to a@b.example if" },
	{ "seen finish\ndeliver a@b.example", "1 discard " },
	{ "vacation to \"a@b.example\"\nmail to c@d.example", "1 answer  copy; 2 answer  copy" },
	{ "deliver \"a@b.example, c@d.example\"", "1 odd a@b.example, c@d.example" },
	{ "deliver $sender_address", "1 odd $sender_address" },
};

static void a_filter_says_what_it_does_and_whether_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		assert_string_equal(commands("etc/b.example/a/filter", filters[i].text),
				    filters[i].want);
}

static const struct {
	const char *text, *want;
} scripts[] = {
	{ "redirect \"A@b.example\";", "1 to a@b.example" },
	{ "require [\"copy\"];\nredirect :copy \"a@b.example\";\nkeep;",
	  "2 to a@b.example copy; 3 file " },
	{ "# redirect \"a@b.example\";\n/* redirect \"c@d.example\"; */ discard;", "2 discard " },
	{ "if true { redirect \"a@b.example\"; }\nredirect \"c@d.example\";",
	  "1 to a@b.example if; 2 to c@d.example" },
	{ "if header :is \"Subject\" \"redirect\" { stop; }\nredirect \"a@b.example\";",
	  "2 to a@b.example if" },
	{ "stop;\nredirect \"a@b.example\";", "" },
	{ "vacation text:\nredirect \"a@b.example\";\n.\n;\ndiscard;",
	  "1 answer redirect \"a@b.example\";\n copy; 5 discard " },
	{ "if anyof (header :contains [\"to\", \"cc\"] \"x\\\"y\", size :over 1K) {\n"
	  "fileinto \"Old\"; } elsif not exists \"x\" { reject \"no\"; } else { REDIRECT \"a@b.example\"; }",
	  "2 file Old if; 2 refuse no if; 2 to a@b.example if" },
	{ "include :personal \"more\";", "1 odd more copy" },
	{ "redirect \"${x}@b.example\";", "1 to ${x}@b.example" },
	{ "redirect", "1 odd " },
};

static void a_script_says_what_it_does_and_whether_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		assert_string_equal(commands("mail/b.example/a/.dovecot.sieve", scripts[i].text),
				    scripts[i].want);
}

static void a_forward_file_says_which_language_it_is_in(void **state)
{
	(void)state;
	assert_string_equal(commands(".forward", "# mine\na@b.example, \"|/bin/x -a, b\"\n\\bob"),
			    "2 to a@b.example; 2 pipe |/bin/x -a, b; 3 account \\bob");
	assert_string_equal(commands(".forward", "#   EXIM filter\ndeliver a@b.example"),
			    "2 to a@b.example");
	assert_string_equal(commands(".forward", "# Sieve filter\nredirect \"a@b.example\";"),
			    "2 to a@b.example");
	assert_string_equal(commands(".forward", ":include:/home/bob/x"), "1 odd :include:/home/bob/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_filter_says_what_it_does_and_whether_it_must, drop),
		cmocka_unit_test_teardown(a_script_says_what_it_does_and_whether_it_must, drop),
		cmocka_unit_test_teardown(a_forward_file_says_which_language_it_is_in, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
