#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/pack.h"
#include "mail/default_round.h"
#include "mail/file_pack.h"
#include "mail/forward_differ.h"
#include "mail/forward_graph.h"
#include "mail/forward_path.h"
#include "mail/forward_view.h"
#include "mail/lsearch.h"
#include "mail/mail_filter.h"
#include "mail/redirect.h"

static struct arena arena = ARENA_INIT;

static int drop(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

/* ---- lines -------------------------------------------------------------- */

/* "1[key]value|3[key]value" */
static const char *entries(const char *text)
{
	struct lsearch_entry x;
	struct lsearch l;
	const char *out = "";

	lsearch_init(&l, slice_of(text), 0, &arena);
	while (lsearch_next(&l, &x))
		out = arena_printf(&arena, "%s%s%u[%.*s]%.*s", out, *out ? "|" : "", x.line,
				   (int)x.key.n, x.key.p, (int)x.value.n, x.value.p);
	return out;
}

static const struct {
	const char *text, *want;
} lines[] = {
	{ "a@b: c@d\n", "1[a@b]c@d" },
	{ "a@b:c@d", "1[a@b]c@d" },
	{ "a@b   c@d", "1[a@b]c@d" },
	{ "a@b  :  c@d  \r\n", "1[a@b]c@d" },
	{ "\"a b\"@c: d", "1[a b]@c: d" },
	{ "\"a\\\"b\": d", "1[a\"b]d" },
	{ "# x\n\na: b\n", "3[a]b" },
	{ "a: b\n c\n\td\n", "1[a]b c d" },
	{ "a: b,\n# x\n c\ne: f", "1[a]b,|4[e]f" },
	{ "a: b\n \n c\ne: f", "1[a]b|4[e]f" },
	{ "a:\n b", "1[a] b" },
	{ " a: b\nc: d", "2[c]d" },
	{ "a: b\nA: c", "1[a]b|2[A]c" },
	{ "*: \":fail: no\"", "1[*]\":fail: no\"" },
	{ "a", "1[a]" },
	{ ": b", "1[]b" },
};

static void lines_are_read_as_exims_lookup_reads_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_string_equal(entries(lines[i].text), lines[i].want);
}

static void a_line_with_a_nul_and_what_it_swallows_are_counted(void **state)
{
	static const char text[] = "a\0b: c\nd: e\nf: g\n";
	struct lsearch_entry x;
	struct lsearch l;

	(void)state;
	lsearch_init(&l, (struct slice){ text, sizeof(text) - 1 }, 0, &arena);
	assert_true(lsearch_next(&l, &x));
	assert_true(slice_eq(x.key, "f"));
	assert_int_equal(x.line, 3);
	assert_int_equal(l.odd, 1);
}

/* ---- targets ------------------------------------------------------------ */

static const char *items(const char *text)
{
	static const char *const kinds[] = {
		"to", "account", "pipe", "file", "discard", "refuse", "defer", "odd"
	};
	struct slice rest = slice_of(text);
	struct redirect_item x;
	const char *out = "";

	while (redirect_next(&rest, &x))
		out = arena_printf(&arena, "%s%s%s %.*s", out, *out ? "; " : "", kinds[x.kind],
				   *x.address ? (int)strlen(x.address) : (int)x.text.n,
				   *x.address ? x.address : x.text.p);
	return out;
}

static const struct {
	const char *text, *want;
} targets[] = {
	{ "a@b.example", "to a@b.example" },
	{ "A@B.Example, c@d.example", "to a@b.example; to c@d.example" },
	{ ",, a@b.example ,", "to a@b.example" },
	{ "\"Some, body\" <a@b.example>,bob", "to a@b.example; account bob" },
	{ "\"a@b.example\"", "to a@b.example" },
	{ "bob", "account bob" },
	{ "\\bob", "account \\bob" },
	{ "\"|/usr/bin/x -a, b\", c@d.example", "pipe |/usr/bin/x -a, b; to c@d.example" },
	{ "|/usr/bin/x", "pipe |/usr/bin/x" },
	{ "/home/bob/box", "file /home/bob/box" },
	{ "/dev/null", "discard /dev/null" },
	{ ":blackhole:", "discard :blackhole:" },
	{ ":fail: no, such user", "refuse :fail: no, such user" },
	{ "\":fail: No Such User Here\"", "refuse :fail: No Such User Here" },
	{ ":FAIL:", "refuse :FAIL:" },
	{ ":defer: later", "defer :defer: later" },
	{ ":include:/etc/x", "odd :include:/etc/x" },
	{ "a@b.example, # c@d.example, e", "to a@b.example" },
	{ "a@", "odd a@" },
	{ "a b@c.example", "odd a b@c.example" },
	{ "a@b..example", "odd a@b..example" },
	{ "", "" },
};

static void targets_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		assert_string_equal(items(targets[i].text), targets[i].want);
}

/* ---- the graph ---------------------------------------------------------- */

static struct forward_facts graph;

static struct forward_builder builder;

/* Of a pack; every domain is here but far.example. */
static void build(const char *pack)
{
	struct slice rest = slice_of(pack);
	struct map *local = arena_zalloc(&arena, sizeof(*local));
	struct packed_file x;

	*local = (struct map)MAP_INIT(&arena, 0);
	*map_at(local, "a.example") = local;
	*map_at(local, "b.example") = local;
	memset(&graph, 0, sizeof(graph));
	forward_begin(&builder, &arena, &arena, 0, local, &graph);
	while (file_pack_next(&rest, &x))
		forward_take_file(&builder, arena_strndup(&arena, x.name.p, x.name.n), x.lines);
	forward_settle(&builder);
}

static const char *rounds(void)
{
	const char *out = "";

	for (size_t i = 0; i < graph.nloops; i++) {
		const uint32_t *way;
		size_t n = forward_round(&graph, &graph.loops[i], &way, &arena);

		out = arena_printf(&arena, "%s%s%s", out, i ? "; " : "",
				   forward_round_text(&graph, way, n, &arena));
	}
	return out;
}

static void a_circle_is_found_over_two_files(void **state)
{
	(void)state;
	build("+a.example\n=x@a.example: y@b.example\n+b.example\n=y@b.example: x@a.example\n");
	assert_string_equal(rounds(), "x@a.example → y@b.example → x@a.example");
}

static void the_shortest_way_round_is_told(void **state)
{
	(void)state;
	build("+a.example\n=a@a.example: b@a.example, c@a.example\n=b@a.example: c@a.example\n"
	      "=c@a.example: a@a.example\n");
	assert_int_equal(graph.nloops, 1);
	assert_string_equal(rounds(), "a@a.example → c@a.example → a@a.example");
}

static void a_chain_and_an_address_that_names_itself_are_no_circle(void **state)
{
	(void)state;
	build("+a.example\n=a@a.example: a@a.example, b@a.example\n=b@a.example: c@a.example\n");
	assert_int_equal(graph.nloops, 0);
}

static void a_default_address_closes_no_circle_and_neither_does_another_server(void **state)
{
	(void)state;
	build("+a.example\n=a@a.example: b@a.example\n=*: a@a.example\n"
	      "+far.example\n=x@far.example: y@far.example\n=y@far.example: x@far.example\n");
	assert_int_equal(graph.nloops, 0);
}

static void two_circles_with_a_way_between_them_are_two(void **state)
{
	(void)state;
	build("+a.example\n=a@a.example: b@a.example\n=b@a.example: a@a.example, c@a.example\n"
	      "=c@a.example: d@a.example\n=d@a.example: c@a.example\n");
	assert_int_equal(graph.nloops, 2);
}

static void the_way_out_is_the_shortest(void **state)
{
	const uint32_t *way;
	size_t others;

	(void)state;
	build("+a.example\n=a@a.example: b@a.example, c@a.example\n=b@a.example: c@a.example, y@far.example\n"
	      "=c@a.example: x@far.example\n");
	assert_int_equal(forward_way_out(&graph, 0, "x@far.example", &way, &others, &arena), 3);
	assert_string_equal(graph.nodes[way[1]].name, "c@a.example");
	assert_string_equal(graph.nodes[way[2]].name, "x@far.example");
	assert_int_equal(others, 1);
	assert_int_equal(forward_way_out(&graph, 0, NULL, &way, &others, &arena), 3);
	assert_string_equal(graph.nodes[way[2]].name, "y@far.example");
	assert_int_equal(others, 1);
	assert_int_equal(forward_way_out(&graph, 0, "z@far.example", &way, &others, &arena), 0);
}

static void a_hundred_thousand_in_one_circle_take_no_depth(void **state)
{
	enum { N = 100000 };
	size_t n = 0, size = (size_t)N * 48;
	char *pack = test_malloc(size);

	(void)state;
	n += (size_t)snprintf(pack, size, "+a.example\n");
	for (int i = 0; i < N; i++)
		n += (size_t)snprintf(pack + n, size - n, "=u%d@a.example: u%d@a.example\n",
				      i, (i + 1) % N);
	build(pack);
	test_free(pack);
	assert_int_equal(graph.nloops, 1);
	assert_int_equal(graph.loops[0].n, N);
	assert_true(strlen(rounds()) < 1000);
}

/* "0 a@a.example goes_on; 1 …" */
static const char *path(const char *address)
{
	struct path_step *steps;
	size_t n = forward_path(&graph, address, strstr(address, "@far") == NULL, &steps, &arena);
	const char *out = "";

	for (size_t i = 0; i < n; i++)
		out = arena_printf(&arena, "%s%s%u %s %s", out, i ? "; " : "", steps[i].depth,
				   steps[i].text, path_end_name(steps[i].end));
	return out;
}

static void the_path_of_an_address_shows_where_each_way_ends(void **state)
{
	(void)state;
	build("+a.example\n=a@a.example: b@a.example, x@far.example, |/bin/p\n"
	      "=b@a.example: b@a.example, a@a.example\n=c@a.example: x@far.example, b@a.example\n"
	      "=*: c@a.example\n");
	assert_string_equal(path("a@a.example"), "0 a@a.example goes_on; 1 b@a.example goes_on; "
		"2 b@a.example keeps; 3 *@a.example goes_on; 4 c@a.example goes_on; "
		"5 x@far.example outside; 5 b@a.example shown; 2 a@a.example circle; "
		"3 *@a.example goes_on; 4 c@a.example goes_on; 5 x@far.example outside; "
		"5 b@a.example shown; 6 *@a.example goes_on; 7 c@a.example shown; "
		"1 x@far.example outside; 1 |/bin/p goes_on");
	assert_string_equal(path("new@b.example"), "0 new@b.example mailbox");
	assert_string_equal(path("x@far.example"), "0 x@far.example outside");
}

static void a_mailbox_behind_the_default_address_is_no_circle(void **state)
{
	(void)state;
	build("+a.example\n=*: info@a.example\n");
	assert_string_equal(path("info@a.example"), "0 info@a.example mailbox");
	assert_string_equal(path("sth@a.example"), "0 sth@a.example mailbox; "
		"1 *@a.example goes_on; 2 info@a.example mailbox");
}

static void a_path_goes_on_behind_the_forwarder_of_a_whole_domain(void **state)
{
	static const struct domain_forward all[] = {
		{ .domain = "a.example", .target = "b.example", .line = 1, .here = true,
		  .target_here = true },
		{ .domain = "b.example", .target = "a.example", .line = 1, .here = true,
		  .target_here = true },
		{ .domain = "c.example", .target = "far.example", .line = 1, .here = true },
	};

	(void)state;
	build("+b.example\n=x@b.example: y@b.example\n=*: z@b.example\n");
	graph.domains = all;
	graph.ndomains = 3;
	assert_string_equal(path("x@a.example"), "0 x@a.example mailbox; "
		"1 without a mailbox: the domain is forwarded to b.example rule; "
		"2 x@b.example goes_on; 3 y@b.example mailbox; "
		"4 without a mailbox: the domain is forwarded to a.example rule; "
		"5 y@a.example mailbox; "
		"6 without a mailbox: the domain is forwarded to b.example rule; "
		/* Exim passes over what handled it, and the default address is next. */
		"7 y@b.example shown; 8 *@b.example goes_on; 9 z@b.example mailbox; "
		"10 without a mailbox: the domain is forwarded to a.example rule; "
		"11 z@a.example mailbox; "
		"12 without a mailbox: the domain is forwarded to b.example rule; "
		"13 z@b.example shown");
	assert_string_equal(path("x@c.example"), "0 x@c.example mailbox; "
		"1 without a mailbox: the domain is forwarded to far.example rule; "
		"2 x@far.example outside");
}

static void a_path_is_cut_where_nobody_would_read_on(void **state)
{
	char pack[8000];
	size_t n = (size_t)snprintf(pack, sizeof(pack), "+a.example\n");

	(void)state;
	for (int i = 0; i < 90; i++)
		n += (size_t)snprintf(pack + n, sizeof(pack) - n,
				      "=u%d@a.example: u%d@a.example\n", i, i + 1);
	build(pack);
	assert_non_null(strstr(path("u0@a.example"), "39 u39@a.example cut"));
}

static const char *map_of(const char *domain, size_t *left)
{
	struct path_step *steps;
	size_t n = forward_domain_path(&graph, domain, true, &steps, left, &arena);
	const char *out = "";

	for (size_t i = 0; i < n; i++)
		out = arena_printf(&arena, "%s%s%u %s %s", out, i ? "; " : "", steps[i].depth,
				   steps[i].text, path_end_name(steps[i].end));
	return out;
}

static void the_map_of_a_domain_shows_circles_first_and_each_way_once(void **state)
{
	size_t left;

	(void)state;
	build("+a.example\n=*: :fail: no\n=a@a.example: b@a.example\n=z@a.example: y@a.example\n"
	      "=y@a.example: z@a.example\n=b@a.example: x@far.example\n");
	assert_string_equal(map_of("a.example", &left), "0 y@a.example goes_on; "
		"1 z@a.example goes_on; 2 y@a.example circle; "
		"3 *@a.example goes_on; 4 :fail: no goes_on; "
		"0 b@a.example goes_on; 1 x@far.example outside; "
		"0 a@a.example goes_on; 1 b@a.example shown");
	assert_int_equal(left, 0);
	assert_string_equal(map_of("b.example", &left), "");
}

static void a_domains_filter_is_shown_once_in_its_map(void **state)
{
	static const struct filter_delivery filter = {
		.domain = "a.example", .to = "copy@far.example", .line = 2,
		.conditional = true, .unseen = true, .outside = true,
	};
	size_t left;

	(void)state;
	build("+a.example\n=a@a.example: b@a.example\n=b@a.example: x@far.example\n");
	graph.filters = &filter;
	graph.nfilters = 1;
	assert_string_equal(map_of("a.example", &left), "0 each address of a.example goes_on; "
		"1 the domain's filter sends to copy@far.example, under a condition, as a copy rule; "
		"2 copy@far.example outside; 0 b@a.example goes_on; 1 x@far.example outside; "
		"0 a@a.example goes_on; 1 b@a.example shown");
}

static void a_map_is_bounded_and_counts_what_it_leaves_out(void **state)
{
	char pack[20000];
	size_t n = (size_t)snprintf(pack, sizeof(pack), "+a.example\n"), left, steps = 1;

	(void)state;
	for (int i = 0; i < 40; i++)	/* one that would fill the map alone */
		n += (size_t)snprintf(pack + n, sizeof(pack) - n,
				      "=u%d@a.example: u%d@a.example\n", i, i + 1);
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(pack + n, sizeof(pack) - n,
				      "=v%03d@a.example: x%d@far.example\n", i, i);
	build(pack);
	for (const char *p = map_of("a.example", &left); (p = strchr(p, ';')); p++)
		steps++;
	assert_int_equal(steps, FORWARD_DOMAIN_MAX);
	assert_int_equal(left, 140 - FORWARD_DOMAIN_MAX / 2);
}

/* ---- Exim's own answer --------------------------------------------------- */

#define REMOTE(address, more) address "\n" more "  router = lookuphost, transport = remote_smtp\n" \
	"  host mx.far.example [192.0.2.9] MX=10\n"
#define BOX(address, more) address "\n" more "  router = virtual_user, transport = dovecot\n"

static const struct {
	const char *bt, *want;	/* want: part of the one sentence; NULL: none */
} differences[] = {
	{ REMOTE("x@far.example", "    <-- a@a.example\n") BOX("c@a.example", "    <-- a@a.example\n"), NULL },
	{ REMOTE("X@Far.example", "    <-- a@a.example\n") BOX("c@a.example", "    <-- a@a.example\n"), NULL },
	{ REMOTE("x@far.example", "") BOX("c@a.example", "") BOX("new@a.example", ""), "Exim brings it to new@a.example" },
	{ BOX("c@a.example", "    <-- a@a.example\n"), "lead to x@far.example, and Exim does not" },
	{ "a@a.example is undeliverable: Unrouteable address\n", "lead to x@far.example" },
	{ REMOTE("x@far.example", "") BOX("c@a.example", "") BOX("bob@server.example", ""), NULL },
	{ REMOTE("x@far.example", "") BOX("c@a.example", "") BOX("bobby@server.example", ""), "to bobby@" },
	{ "a@a.example cannot be resolved at this time: busy\n", NULL },
	{ "", NULL },
};

static void what_exim_says_otherwise_is_told(void **state)
{
	const char *out[FORWARD_DIFFER_MAX];
	struct path_step *steps;
	size_t n;

	(void)state;
	build("+a.example\n=a@a.example: c@a.example, x@far.example, bob\n=*: y@far.example\n");
	n = forward_path(&graph, "a@a.example", true, &steps, &arena);
	for (size_t i = 0; i < sizeof(differences) / sizeof(*differences); i++) {
		size_t k = forward_differ(steps, n, slice_of(differences[i].bt), out, &arena);

		assert_int_equal(k, differences[i].want != NULL);
		if (k)
			assert_non_null(strstr(out[0], differences[i].want));
	}
}

/* ---- default addresses ------------------------------------------------- */

static const char *default_rounds(const char *pack)
{
	const char *out = "";

	build(pack);
	default_rounds_find(&builder);
	for (size_t i = 0; i < graph.ndefault_rounds; i++)
		out = arena_printf(&arena, "%s%s%s", out, i ? "; " : "",
				   default_round_text(&graph, &graph.default_rounds[i], &arena));
	return out;
}

static const struct {
	const char *pack, *want;
} defaults[] = {
	{ "+a.example\n=*: x@b.example\n+b.example\n=*: y@a.example\n",
	  "the default address of a.example → x@b.example → the default address of b.example "
	  "→ y@a.example → the default address of a.example" },
	/* a line of its own; its own domain; one that refuses; no default address there */
	{ "+a.example\n=*: x@b.example\n+b.example\n=x@b.example: z@far.example\n=*: y@a.example\n", "" },
	{ "+a.example\n=*: x@a.example\n", "" },
	{ "+a.example\n=*: x@b.example\n+b.example\n=*: :fail:\n", "" },
	{ "+a.example\n=*: x@b.example\n", "" },
	{ "+a.example\n=*: x@far.example\n+b.example\n=*: y@a.example\n", "" },
};

static void default_addresses_that_lead_to_each_other_are_found_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		assert_string_equal(default_rounds(defaults[i].pack), defaults[i].want);
}

/* ---- filters ------------------------------------------------------------ */

static const char *deliveries(const char *text)
{
	struct filter_command x;
	struct mail_filter m;
	const char *out = "";

	mail_filter_init(&m, slice_of(text), 0);
	while (mail_filter_next(&m, &x))
		out = arena_printf(&arena, "%s%u:%s%s%s;", out, x.line, x.address,
				   x.conditional ? " if" : "", x.unseen ? " copy" : "");
	return out;
}

static void a_filters_deliveries_are_found_and_nothing_else(void **state)
{
	(void)state;
	assert_string_equal(deliveries("deliver \"A@b.example\"\n"), "1:a@b.example;");
	assert_string_equal(deliveries("# deliver x@y.example\nunseen deliver x@y.example"),
			    "2:x@y.example copy;");
	assert_string_equal(deliveries("if $h_to: contains \"deliver x@y.example\"\nthen\n"
				       " deliver \"z@y.example\"\nendif\ndeliver q@y.example\n"),
			    "3:z@y.example if;5:q@y.example;");
	assert_string_equal(deliveries("if a is \"\\\" deliver q@y.example\" then finish endif"), "");
}

/* ---- packing ------------------------------------------------------------ */

static char dir[64];

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/d/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static int make_directory(void **state)
{
	char path[128];

	(void)state;
	strcpy(dir, "/tmp/relaydoctor-pack-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/d", dir);
	return mkdir(path, 0755);
}

static int remove_directory(void **state)
{
	static const char *const names[] = {
		"a.example", "b.example", "c.example", "link.example", "fifo.example",
		"twice.example", "not a domain", "UPPER.example", "mark_a.example",
		"mark_b.example", "mark_", "mark_UPPER", "mark_link.example", "other_a.example"
	};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/d/%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/d", dir);
	rmdir(path);
	rmdir(dir);
	return drop(state);
}

static const char *packed_by(int (*pack)(int, const char *, uint64_t, struct err *),
			     const char *path, uint64_t max)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY), fd;
	struct err e;
	char *text;
	size_t n;

	fd = pack(at, path, max, &e);
	close(at);
	assert_true(fd >= 0);
	assert_int_equal(io_read_all(fd, 1 << 20, &arena, &text, &n, "pack", &e), 0);
	close(fd);
	return text;
}

static const char *packed(uint64_t max)
{
	return packed_by(pack_directory, "d", max);
}

static void files_are_packed_by_name_and_cannot_imitate_each_other(void **state)
{
	(void)state;
	put("b.example", "+c.example\n-x y\n");
	put("a.example", "one\n\ntwo");
	put("not a domain", "x\n");
	put("UPPER.example", "x\n");
	assert_string_equal(packed(1 << 20), "+a.example\n=one\n=\n=two\n"
			    "+b.example\n=+c.example\n=-x y\n");
}

static void what_is_no_plain_file_is_neither_followed_nor_waited_for(void **state)
{
	char path[128], other[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/d/link.example", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/d/fifo.example", dir);
	assert_int_equal(mkfifo(path, 0644), 0);
	put("twice.example", "x\n");
	snprintf(path, sizeof(path), "%s/d/twice.example", dir);
	snprintf(other, sizeof(other), "%s/d/not a domain", dir);
	assert_int_equal(link(path, other), 0);
	assert_string_equal(packed(1 << 20),
		"-fifo.example it is no regular file\n"
		"-link.example it is a symbolic link, which is not followed\n"
		"-twice.example the file has a second name elsewhere\n");
}

static void what_does_not_fit_is_said(void **state)
{
	char line[3000];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	put("a.example", "one\n");
	put("b.example", line);
	assert_string_equal(packed(2048), "+a.example\n=one\n+b.example\n="
			    "\n!there are more, or larger, files than are read\n");
}

static void of_files_that_are_only_named_nothing_is_read(void **state)
{
	char path[128];

	(void)state;
	put("mark_b.example", "+c.example\n");
	put("mark_a.example", "");
	put("mark_", "x\n");
	put("mark_UPPER", "x\n");
	put("other_a.example", "x\n");
	snprintf(path, sizeof(path), "%s/d/mark_link.example", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_string_equal(packed_by(pack_marks, "d/mark_*", 1 << 20),
			    "+a.example\n+b.example\n");
	assert_string_equal(packed_by(pack_marks, "d/none_*", 1 << 20), "");
}

#define PACKS(test) \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_as_exims_lookup_reads_them),
		cmocka_unit_test(a_line_with_a_nul_and_what_it_swallows_are_counted),
		cmocka_unit_test(targets_are_told_apart),
		cmocka_unit_test(a_circle_is_found_over_two_files),
		cmocka_unit_test(the_shortest_way_round_is_told),
		cmocka_unit_test(a_chain_and_an_address_that_names_itself_are_no_circle),
		cmocka_unit_test(a_default_address_closes_no_circle_and_neither_does_another_server),
		cmocka_unit_test(two_circles_with_a_way_between_them_are_two),
		cmocka_unit_test(the_way_out_is_the_shortest),
		cmocka_unit_test(a_hundred_thousand_in_one_circle_take_no_depth),
		cmocka_unit_test(the_path_of_an_address_shows_where_each_way_ends),
		cmocka_unit_test(a_mailbox_behind_the_default_address_is_no_circle),
		cmocka_unit_test(a_path_goes_on_behind_the_forwarder_of_a_whole_domain),
		cmocka_unit_test(a_path_is_cut_where_nobody_would_read_on),
		cmocka_unit_test(the_map_of_a_domain_shows_circles_first_and_each_way_once),
		cmocka_unit_test(a_domains_filter_is_shown_once_in_its_map),
		cmocka_unit_test(a_map_is_bounded_and_counts_what_it_leaves_out),
		cmocka_unit_test(what_exim_says_otherwise_is_told),
		cmocka_unit_test(default_addresses_that_lead_to_each_other_are_found_once),
		cmocka_unit_test(a_filters_deliveries_are_found_and_nothing_else),
		PACKS(files_are_packed_by_name_and_cannot_imitate_each_other),
		PACKS(what_is_no_plain_file_is_neither_followed_nor_waited_for),
		PACKS(what_does_not_fit_is_said),
		PACKS(of_files_that_are_only_named_nothing_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, drop);
}
