#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "mail/file_pack.h"
#include "mail/forward_graph.h"
#include "mail/forward_path.h"
#include "mail/forward_view.h"
#include "mail/home_file.h"
#include "mail/home_view.h"

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
	{ "deliver \"A@b.example\"\n", "2 to a@b.example" },
	{ "unseen noerror deliver a@b.example", "2 to a@b.example copy" },
	{ "noerror unseen deliver a@b.example", "2 to a@b.example copy" },
	{ "if $h_subject: contains mail or $h_to: is save then deliver a@b.example endif",
	  "2 to a@b.example if" },
	{ "if a is b then save \"/x\" elif c is d then pipe \"/bin/p -x\" else deliver e@f.example endif",
	  "2 file /x if; 2 pipe /bin/p -x if; 2 to e@f.example if" },
	{ "if not first_delivery and error_message then finish endif\ndeliver a@b.example",
	  "3 to a@b.example" },
	{ "if $h_x: is y then finish endif\ndeliver a@b.example", "3 to a@b.example if" },
	{ "finish\ndeliver a@b.example", "" },
	{ "fail text \"no\"\ndeliver a@b.example", "2 refuse " },
	{ "if a is b then fail endif deliver a@b.example", "2 refuse  if; 2 to a@b.example if" },
	{ "seen finish\ndeliver a@b.example", "2 discard " },
	{ "vacation to \"a@b.example\"\nmail to c@d.example", "2 answer  copy; 3 answer  copy" },
	{ "deliver \"a@b.example, c@d.example\"", "2 odd a@b.example, c@d.example" },
	{ "deliver $sender_address", "2 odd $sender_address" },
};

static void a_filter_says_what_it_does_and_whether_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		assert_string_equal(commands("etc/b.example/a/filter",
					     arena_printf(&arena, "# Exim filter\n%s",
							  filters[i].text)),
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

/* ---- what becomes of it ------------------------------------------------------ */

static struct forward_facts graph;
static struct home_rule rules[16];

struct given {
	const char *from, *to;	/* to: an address, or "account" */
	bool conditional, copy, answers;
};

/* Of a pack of forwarders, all of domains here but far.example, and of rules in the
 * order of their mailboxes. */
static void build(const char *pack, const struct given *g, size_t n)
{
	static uint32_t own[16];
	struct slice rest = slice_of(pack);
	struct map *local = arena_zalloc(&arena, sizeof(*local));
	struct forward_builder b;
	struct packed_file x;

	*local = (struct map)MAP_INIT(&arena, 0);
	*map_at(local, "a.example") = local;
	*map_at(local, "server.example") = local;
	memset(&graph, 0, sizeof(graph));
	forward_begin(&b, &arena, &arena, 0, local, &graph);
	for (size_t i = 0; i < n; i++) {
		bool address = strchr(g[i].to, '@');

		rules[i] = (struct home_rule){
			.from = forward_node(&b, g[i].from), .file = "~bob/x", .line = (unsigned)i + 1,
			.edge = forward_edge_to(&b, address ? FORWARD_ADDRESS : FORWARD_ACCOUNT,
						g[i].to, slice_of(g[i].to)),
			.conditional = g[i].conditional, .copy = g[i].copy, .answers = g[i].answers,
		};
		if (strstr(g[i].from, "@server"))
			own[graph.nown++] = rules[i].from;
	}
	while (file_pack_next(&rest, &x))
		forward_take_file(&b, arena_strndup(&arena, x.name.p, x.name.n), x.lines);
	forward_settle(&b);
	graph.rules = rules;
	graph.nrules = n;
	graph.own = own;
}

static const char *rounds(void)
{
	const char *out = "";

	for (size_t i = 0; i < graph.nrules; i++) {
		const uint32_t *way;
		bool certain;
		size_t n = home_round(&graph, &rules[i], &way, &certain, &arena);

		if (n)
			out = arena_printf(&arena, "%s%s%s%s", out, *out ? "; " : "",
					   forward_round_text(&graph, way, n, &arena),
					   certain ? "" : " if");
	}
	return out;
}

static void a_circle_leads_through_a_filter_and_a_forwarder(void **state)
{
	static const struct given one[] = { { "a@a.example", "b@a.example", 0, 0, 0 } };
	static const struct given might[] = { { "a@a.example", "b@a.example", true, true, 0 } };

	(void)state;
	build("+a.example\n=b@a.example: a@a.example\n", one, 1);
	assert_string_equal(rounds(), "a@a.example → b@a.example → a@a.example");
	build("+a.example\n=b@a.example: a@a.example\n", might, 1);
	assert_string_equal(rounds(), "a@a.example → b@a.example → a@a.example if");
}

static void two_filters_make_a_circle_and_one_that_answers_does_not(void **state)
{
	static const struct given two[] = {
		{ "a@a.example", "b@a.example", 0, 0, 0 }, { "b@a.example", "a@a.example", true, 0, 0 },
	};
	static const struct given answer[] = {
		{ "a@a.example", "b@a.example", 0, 0, true }, { "b@a.example", "a@a.example", 0, 0, 0 },
	};

	(void)state;
	build("", two, 2);
	assert_string_equal(rounds(), "a@a.example → b@a.example → a@a.example if; "
			    "b@a.example → a@a.example → b@a.example if");
	build("", answer, 2);
	assert_string_equal(rounds(), "");
}

static void a_filter_behind_a_forwarder_that_keeps_no_copy_is_not_reached(void **state)
{
	static const struct given one[] = { { "a@a.example", "b@a.example", 0, 0, 0 } };

	(void)state;
	build("+a.example\n=a@a.example: c@a.example\n=b@a.example: a@a.example\n", one, 1);
	assert_string_equal(rounds(), "");
	build("+a.example\n=a@a.example: c@a.example, a@a.example\n=b@a.example: a@a.example\n",
	      one, 1);
	assert_string_equal(rounds(), "a@a.example → b@a.example → a@a.example");
}

static void an_accounts_own_mailbox_is_part_of_a_circle(void **state)
{
	static const struct given one[] = { { "bob@server.example", "a@a.example", 0, 0, 0 } };

	(void)state;
	build("+a.example\n=a@a.example: bob\n", one, 1);
	assert_string_equal(rounds(), "bob@server.example → a@a.example → bob@server.example");
}

static const char *path(const char *address)
{
	struct path_step *steps;
	size_t n = forward_path(&graph, address, true, &steps, &arena);
	const char *out = "";

	for (size_t i = 0; i < n; i++)
		out = arena_printf(&arena, "%s%s%u %s %s", out, i ? "; " : "", steps[i].depth,
				   steps[i].end == PATH_RULE ? "-" : steps[i].text,
				   path_end_name(steps[i].end));
	return out;
}

static void the_path_goes_on_behind_a_mailbox_that_has_a_filter(void **state)
{
	static const struct given some[] = {
		{ "a@a.example", "b@a.example", 0, true, 0 }, { "b@a.example", "a@a.example", 0, 0, 0 },
		{ "bob@server.example", "x@far.example", true, 0, 0 },
	};

	(void)state;
	build("+a.example\n=a@a.example: a@a.example\n=c@a.example: bob\n=*: c@a.example\n", some, 3);
	assert_string_equal(path("a@a.example"), "0 a@a.example goes_on; 1 a@a.example keeps; "
		"2 - rule; 3 b@a.example goes_on; 4 - rule; 5 a@a.example circle");
	assert_string_equal(path("c@a.example"), "0 c@a.example goes_on; 1 bob goes_on; 2 - rule; "
		"3 x@far.example outside");
}

static void the_domains_filter_stands_before_everything(void **state)
{
	static struct filter_delivery sent[] = {
		{ .domain = "a.example", .to = "c@a.example", .line = 3, .conditional = true },
		{ .domain = "a.example", .to = "x@far.example", .line = 5, .outside = true },
	};

	(void)state;
	build("+a.example\n=a@a.example: b@a.example\n", NULL, 0);
	graph.filters = sent;
	graph.nfilters = 2;
	assert_string_equal(path("a@a.example"), "0 a@a.example goes_on; 1 - rule; "
		"2 c@a.example goes_on; 3 - rule; 3 - rule; 4 x@far.example outside; "
		"1 - rule; 2 x@far.example outside");
	sent[1].unseen = true;
	assert_non_null(strstr(path("a@a.example"), "; 1 b@a.example mailbox"));
}

static void what_a_rule_does_is_said_in_words(void **state)
{
	static const struct given one[] = { { "a@a.example", "b@a.example", true, true, 0 } };
	struct home_rule refuse = { .edge = { .kind = FORWARD_REFUSE, .text = "" } };

	(void)state;
	build("", one, 1);
	assert_string_equal(home_says(&graph, &rules[0], &arena),
			    "sends to b@a.example, under a condition, as a copy");
	assert_string_equal(home_says(&graph, &refuse, &arena), "refuses it, always");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_filter_says_what_it_does_and_whether_it_must, drop),
		cmocka_unit_test_teardown(a_script_says_what_it_does_and_whether_it_must, drop),
		cmocka_unit_test_teardown(a_forward_file_says_which_language_it_is_in, drop),
		cmocka_unit_test_teardown(a_circle_leads_through_a_filter_and_a_forwarder, drop),
		cmocka_unit_test_teardown(two_filters_make_a_circle_and_one_that_answers_does_not, drop),
		cmocka_unit_test_teardown(a_filter_behind_a_forwarder_that_keeps_no_copy_is_not_reached, drop),
		cmocka_unit_test_teardown(an_accounts_own_mailbox_is_part_of_a_circle, drop),
		cmocka_unit_test_teardown(the_path_goes_on_behind_a_mailbox_that_has_a_filter, drop),
		cmocka_unit_test_teardown(the_domains_filter_stands_before_everything, drop),
		cmocka_unit_test_teardown(what_a_rule_does_is_said_in_words, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
