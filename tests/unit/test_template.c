#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "render/template.h"

/* What the Mustache specification says, in our words: template, view, partial
 * "p", result. All in strict mode unless a name is missing on purpose. */
struct example {
	const char *says, *template, *view, *partial, *gives;
};

static int render(const char *template, const char *partial, const char *view,
		  enum template_mode mode, struct buf *out, struct err *e)
{
	struct template_set *s = template_set_new();
	json_object *v = json_read(view, strlen(view), "view", e);
	int rc;

	assert_non_null(v);
	rc = template_set_add(s, "main", slice_of(template), e) ||
		(partial && template_set_add(s, "p", slice_of(partial), e)) ||
		template_render(s, "main", v, mode, out, e);
	json_object_put(v);
	template_set_free(s);
	return rc;
}

static void hold(const struct example *x, size_t n, enum template_mode mode)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT(65536);
		struct err e = { .text = "" };

		if (render(x[i].template, x[i].partial, x[i].view, mode, &out, &e))
			fail_msg("%s: %s", x[i].says, e.text);
		if (strcmp(out.data ? out.data : "", x[i].gives))
			fail_msg("%s: [%s], not [%s]", x[i].says, out.data, x[i].gives);
		buf_free(&out);
	}
}

#define HOLD(table, mode) hold(table, sizeof(table) / sizeof(*(table)), mode)

static void interpolation(void **state)
{
	static const struct example table[] = {
		{ "text without tags stays", "Hello from {Mustache}!\n", "{}", NULL, "Hello from {Mustache}!\n" },
		{ "unadorned tags are replaced", "Hello, {{subject}}!", "{\"subject\":\"world\"}", NULL, "Hello, world!" },
		{ "values are not read again", "{{template}}: {{planet}}", "{\"template\":\"{{planet}}\",\"planet\":\"Earth\"}", NULL, "{{planet}}: Earth" },
		{ "HTML is escaped", "<b title=\"{{x}}\">{{x}}</b>", "{\"x\":\"& \\\" < > '\"}", NULL,
			"<b title=\"&amp; &quot; &lt; &gt; &#39;\">&amp; &quot; &lt; &gt; &#39;</b>" },
		{ "integers interpolate", "\"{{mph}} miles an hour!\"", "{\"mph\":85}", NULL, "\"85 miles an hour!\"" },
		{ "decimals interpolate", "{{power}} jiggawatts", "{\"power\":1.21}", NULL, "1.21 jiggawatts" },
		{ "truth interpolates", "{{yes}} {{no}}", "{\"yes\":true,\"no\":false}", NULL, "true false" },
		{ "null is empty", "I ({{cannot}}) be seen!", "{\"cannot\":null}", NULL, "I () be seen!" },
		{ "dotted names go inside", "{{person.name}} == {{#person}}{{name}}{{/person}}", "{\"person\":{\"name\":\"Joe\"}}", NULL, "Joe == Joe" },
		{ "dotted names go deep", "{{a.b.c.d.e.name}}", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Phil\"}}}}}}", NULL, "Phil" },
		{ "the first part is looked for outwards", "{{#a}}{{b.c.d.e.name}}{{/a}}",
			"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Phil\"}}}}},\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Wrong\"}}}}}", NULL, "Phil" },
		{ "an implicit iterator is the value", "Hello, {{.}}!", "\"world\"", NULL, "Hello, world!" },
		{ "whitespace around a tag stays", "| {{string}} |", "{\"string\":\"---\"}", NULL, "| --- |" },
		{ "a value alone on a line keeps its line", "  {{string}}\n", "{\"string\":\"---\"}", NULL, "  ---\n" },
		{ "padding inside a tag is ignored", "|{{ string }}|", "{\"string\":\"---\"}", NULL, "|---|" },
		{ "a URL component is percent-encoded", "?d={{%x}}&y={{% y }}", "{\"x\":\"a b&c/\\u00e9?=#+%\\\"'<\",\"y\":7}", NULL,
			"?d=a%20b%26c%2F%C3%A9%3F%3D%23%2B%25%22%27%3C&y=7" },
		{ "control characters cannot hide", "{{x}}", "{\"x\":\"a\\u0000b\\u001b\\tc\\n\"}", NULL, "a\xef\xbf\xbd" "b\xef\xbf\xbd\tc\n" },
	};

	(void)state;
	HOLD(table, TEMPLATE_STRICT);
}

static void missing_names_are_empty_when_lenient(void **state)
{
	static const struct example table[] = {
		{ "a miss is empty", "I ({{cannot}}) be seen!", "{}", NULL, "I () be seen!" },
		{ "a broken chain is empty", "{{a.b.c}} == {{#a.b.c}}x{{/a.b.c}}", "{\"a\":{}}", NULL, " == " },
		{ "a chain does not begin again outside", "{{a.b.c.name}}|", "{\"a\":{\"b\":{}},\"c\":{\"name\":\"Jim\"}}", NULL, "|" },
		{ "the first part decides", "{{#a}}{{b.c}}{{/a}}|", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"ERROR\"}}", NULL, "|" },
		{ "a dotted name is never one key", "{{a.b}}{{#c}}{{a.b}}{{/c}}|", "{\"a.b\":\"c\",\"c\":{\"a.b\":\"d\"}}", NULL, "|" },
		{ "a missed section is false", "[{{#missing}}x{{/missing}}]", "{}", NULL, "[]" },
		{ "a missed inverted section is true", "[{{^missing}}x{{/missing}}]", "{}", NULL, "[x]" },
		{ "a broken chain is false", "[{{^a.b.c}}x{{/a.b.c}}]", "{\"a\":{}}", NULL, "[x]" },
		{ "a missed partial is empty", "[{{>nowhere}}]", "{}", NULL, "[]" },
	};

	(void)state;
	HOLD(table, TEMPLATE_LENIENT);
}

static void sections(void **state)
{
	static const struct example table[] = {
		{ "true shows", "\"{{#boolean}}This.{{/boolean}}\"", "{\"boolean\":true}", NULL, "\"This.\"" },
		{ "false hides", "\"{{#boolean}}This.{{/boolean}}\"", "{\"boolean\":false}", NULL, "\"\"" },
		{ "null hides", "\"{{#null}}This.{{/null}}\"", "{\"null\":null}", NULL, "\"\"" },
		{ "zero and the empty text hide", "{{#zero}}0{{/zero}}{{#none}}n{{/none}}", "{\"zero\":0,\"none\":\"\"}", NULL, "" },
		{ "an object is stepped into", "\"{{#context}}Hi {{name}}.{{/context}}\"", "{\"context\":{\"name\":\"Joe\"}}", NULL, "\"Hi Joe.\"" },
		{ "outer names stay visible", "{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}", "{\"a\":\"foo\",\"b\":\"wrong\",\"sec\":{\"b\":\"bar\"},\"c\":{\"d\":\"baz\"}}", NULL, "foo, bar, baz" },
		{ "a text is stepped into", "{{#foo}}{{.}} is {{foo}}{{/foo}}", "{\"foo\":\"bar\"}", NULL, "bar is bar" },
		{ "lists within lists keep their scopes", "{{#tops}}{{#middles}}{{tname.lower}}{{mname}}.{{#bottoms}}{{tname.upper}}{{mname}}{{bname}}.{{/bottoms}}{{/middles}}{{/tops}}",
			"{\"tops\":[{\"tname\":{\"upper\":\"A\",\"lower\":\"a\"},\"middles\":[{\"mname\":\"1\",\"bottoms\":[{\"bname\":\"x\"},{\"bname\":\"y\"}]}]}]}", NULL, "a1.A1x.A1y." },
		{ "a list repeats", "\"{{#list}}{{item}}{{/list}}\"", "{\"list\":[{\"item\":1},{\"item\":2},{\"item\":3}]}", NULL, "\"123\"" },
		{ "an empty list hides", "\"{{#list}}Yay{{/list}}\"", "{\"list\":[]}", NULL, "\"\"" },
		{ "several sections share a name", "{{#bool}}\n* first\n{{/bool}}\n* {{two}}\n{{#bool}}\n* third\n{{/bool}}\n", "{\"bool\":true,\"two\":\"second\"}", NULL, "* first\n* second\n* third\n" },
		{ "true within true", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |", "{\"bool\":true}", NULL, "| A B C D E |" },
		{ "false within false", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |", "{\"bool\":false}", NULL, "| A  E |" },
		{ "texts iterate", "\"{{#list}}({{.}}){{/list}}\"", "{\"list\":[\"a\",\"b\",1,2.5]}", NULL, "\"(a)(b)(1)(2.5)\"" },
		{ "lists iterate", "{{#list}}({{#.}}{{.}}{{/.}}){{/list}}", "{\"list\":[[1,2],[\"a\"]]}", NULL, "(12)(a)" },
		{ "the whole view iterates", "{{#.}}({{value}}){{/.}}", "[{\"value\":\"a\"},{\"value\":\"b\"}]", NULL, "(a)(b)" },
		{ "dotted names open sections", "{{#a.b.c}}Here{{/a.b.c}}{{#a.no}}x{{/a.no}}", "{\"a\":{\"b\":{\"c\":true},\"no\":false}}", NULL, "Here" },
		{ "surrounding whitespace stays", " | {{#boolean}}\t|\t{{/boolean}} | \n", "{\"boolean\":true}", NULL, " | \t|\t | \n" },
		{ "inner whitespace stays", " | {{#boolean}} {{! ignored }}\n {{/boolean}} | \n", "{\"boolean\":true}", NULL, " |  \n  | \n" },
		{ "two sections on a line leave the line", " {{#boolean}}YES{{/boolean}}\n {{#boolean}}GOOD{{/boolean}}\n", "{\"boolean\":true}", NULL, " YES\n GOOD\n" },
		{ "lines of section tags vanish", "| This Is\n{{#boolean}}\n|\n{{/boolean}}\n| A Line\n", "{\"boolean\":true}", NULL, "| This Is\n|\n| A Line\n" },
		{ "… indented ones too", "| This Is\n  {{#boolean}}\n|\n  {{/boolean}}\n| A Line\n", "{\"boolean\":true}", NULL, "| This Is\n|\n| A Line\n" },
		{ "… with CRLF", "|\r\n{{#boolean}}\r\n{{/boolean}}\r\n|", "{\"boolean\":true}", NULL, "|\r\n|" },
		{ "… at the beginning", "  {{#boolean}}\n#{{/boolean}}\n/", "{\"boolean\":true}", NULL, "#\n/" },
		{ "… at the end", "#{{#boolean}}\n/\n  {{/boolean}}", "{\"boolean\":true}", NULL, "#\n/\n" },
		{ "padding is ignored", "|{{# boolean }}={{/ boolean }}|", "{\"boolean\":true}", NULL, "|=|" },
	};

	(void)state;
	HOLD(table, TEMPLATE_STRICT);
}

static void inverted_sections(void **state)
{
	static const struct example table[] = {
		{ "false shows", "{{^boolean}}This.{{/boolean}}", "{\"boolean\":false}", NULL, "This." },
		{ "true hides", "{{^boolean}}This.{{/boolean}}", "{\"boolean\":true}", NULL, "" },
		{ "null shows", "{{^null}}This.{{/null}}", "{\"null\":null}", NULL, "This." },
		{ "an object hides", "{{^context}}Hi {{name}}.{{/context}}", "{\"context\":{\"name\":\"Joe\"}}", NULL, "" },
		{ "a list hides", "{{^list}}{{n}}{{/list}}", "{\"list\":[{\"n\":1}]}", NULL, "" },
		{ "an empty list shows", "{{^list}}Yay{{/list}}", "{\"list\":[]}", NULL, "Yay" },
		{ "doubled", "{{^bool}}\n* first\n{{/bool}}\n* {{two}}\n{{^bool}}\n* third\n{{/bool}}\n", "{\"bool\":false,\"two\":\"second\"}", NULL, "* first\n* second\n* third\n" },
		{ "nested", "| A {{^bool}}B {{^bool}}C{{/bool}} D{{/bool}} E |", "{\"bool\":false}", NULL, "| A B C D E |" },
		{ "dotted", "{{^a.b}}Not Here{{/a.b}}|", "{\"a\":{\"b\":true}}", NULL, "|" },
		{ "whitespace stays", " | {{^boolean}}\t|\t{{/boolean}} | \n", "{\"boolean\":false}", NULL, " | \t|\t | \n" },
		{ "lines of tags vanish", "| This Is\n  {{^boolean}}\n|\n  {{/boolean}}\n| A Line\n", "{\"boolean\":false}", NULL, "| This Is\n|\n| A Line\n" },
		{ "… with CRLF", "|\r\n{{^boolean}}\r\n{{/boolean}}\r\n|", "{\"boolean\":false}", NULL, "|\r\n|" },
		{ "… at the end", "^{{^boolean}}\n/\n  {{/boolean}}", "{\"boolean\":false}", NULL, "^\n/\n" },
	};

	(void)state;
	HOLD(table, TEMPLATE_STRICT);
}

static void comments_and_delimiters(void **state)
{
	static const struct example table[] = {
		{ "comments vanish", "12345{{! Comment Block! }}67890", "{}", NULL, "1234567890" },
		{ "over many lines", "12345{{!\n  multi-line\n}}67890\n", "{}", NULL, "1234567890\n" },
		{ "alone on a line", "Begin.\n  {{! Comment }}\nEnd.\n", "{}", NULL, "Begin.\nEnd.\n" },
		{ "alone with CRLF", "|\r\n{{! Comment }}\r\n|", "{}", NULL, "|\r\n|" },
		{ "alone, first", "  {{! here }}\n!", "{}", NULL, "!" },
		{ "alone, last", "!\n  {{! here }}", "{}", NULL, "!\n" },
		{ "alone over many lines", "Begin.\n  {{!\n    multi\n  }}\nEnd.\n", "{}", NULL, "Begin.\nEnd.\n" },
		{ "within a line the blanks stay", "  12 {{! 34 }}\n", "{}", NULL, "  12 \n" },
		{ "between words", "12345 {{! Comment }} 67890", "{}", NULL, "12345  67890" },
		{ "a comment's name is no name", "({{! var }}!)", "{\"var\":1}", NULL, "(!)" },
		{ "delimiters change", "{{=<% %>=}}(<%text%>)", "{\"text\":\"Hey!\"}", NULL, "(Hey!)" },
		{ "special characters", "({{=[ ]=}}[text])", "{\"text\":\"It worked!\"}", NULL, "(It worked!)" },
		{ "inside sections", "{{#s}}{{d}}{{/s}} {{= | | =}}|#s||d||/s|", "{\"s\":true,\"d\":\"x\"}", NULL, "x x" },
		{ "a partial has its own", "{{= | | =}}[|>p|]", "{\"v\":\"y\"}", "{{v}}", "[y]" },
		{ "after a partial they are as before", "[{{>p}}] [{{v}}]", "{\"v\":\"y\"}", "{{= | | =}}.|v|.", "[.y.] [y]" },
		{ "alone on a line", "Begin.\n  {{=@ @=}}\nEnd.\n", "{}", NULL, "Begin.\nEnd.\n" },
		{ "with padding", "|{{= @   @ =}}|", "{}", NULL, "||" },
		{ "alone with CRLF", "|\r\n{{= @ @ =}}\r\n|", "{}", NULL, "|\r\n|" },
	};

	(void)state;
	HOLD(table, TEMPLATE_STRICT);
}

static void partials(void **state)
{
	static const struct example table[] = {
		{ "a partial is put in", "\"{{>p}}\"", "{}", "from partial", "\"from partial\"" },
		{ "it sees the view", "\"{{>p}}\"", "{\"text\":\"content\"}", "*{{text}}*", "\"*content*\"" },
		{ "it may call itself", "{{>n}}{{#t}}{{>p}}{{/t}}", "{\"t\":{\"c\":\"X\",\"nodes\":[{\"c\":\"Y\",\"nodes\":[]}]}}", "{{c}}<{{#nodes}}{{>p}}{{/nodes}}>", "X<Y<>>" },
		{ "surrounding whitespace stays", "| {{>p}} |", "{}", "\t|\t", "| \t|\t |" },
		{ "within a line nothing is indented", "  {{data}}  {{> p}}\n", "{\"data\":\"|\"}", ">\n>", "  |  >\n>\n" },
		{ "alone with CRLF", "|\r\n{{>p}}\r\n|", "{}", ">", "|\r\n>|" },
		{ "alone, first", "  {{>p}}\n>", "{}", ">\n>", "  >\n  >>" },
		{ "alone, last", ">\n  {{>p}}", "{}", ">\n>", ">\n  >\n  >" },
		{ "alone it is indented line by line, values are not", "\\\n {{>p}}\n/\n", "{\"content\":\"(\\n-\"}", "|\n{{content}}\n|\n", "\\\n |\n (\n-\n |\n/\n" },
		{ "no line is indented for being empty", " {{>p}}\n", "{}", "a\n\nb\n", " a\n\n b\n" },
		{ "a section's lines in it are", " {{>p}}\n", "{\"l\":[1,2]}", "{{#l}}\n<{{.}}>\n{{/l}}\n", " <1>\n <2>\n" },
		{ "padding is ignored", "|{{> p }}|", "{}", "[]", "|[]|" },
	};
	struct example lenient = table[2];

	(void)state;
	hold(table, 2, TEMPLATE_STRICT);
	hold(&lenient, 1, TEMPLATE_LENIENT);	/* its {{>n}} is nowhere */
	hold(table + 3, sizeof(table) / sizeof(*table) - 3, TEMPLATE_STRICT);
}

static void indentation_adds_up_and_ends_with_its_partial(void **state)
{
	struct template_set *s = template_set_new();
	struct buf out = BUF_INIT(1024);
	struct err e = { .text = "" };

	(void)state;
	assert_int_equal(template_set_add(s, "main", SLICE(" {{>a}}\nz\n"), &e), 0);
	assert_int_equal(template_set_add(s, "a", SLICE("a\n {{>b}}\n{{>b}}-\nc\n"), &e), 0);
	assert_int_equal(template_set_add(s, "b", SLICE("b\nb\n"), &e), 0);
	assert_int_equal(template_render(s, "main", NULL, TEMPLATE_STRICT, &out, &e), 0);
	assert_string_equal(out.data, " a\n  b\n  b\n b\nb\n-\n c\nz\n");
	buf_free(&out);
	template_set_free(s);
}

struct mistake {
	const char *template, *view, *says;
};

static void mistakes_are_errors_with_their_line(void **state)
{
	static const struct mistake table[] = {
		{ "{{{x}}}", "{\"x\":1}", "no unescaped form" },
		{ "{{&x}}", "{\"x\":1}", "no unescaped form" },
		{ "{{& x}}", "{\"x\":1}", "no unescaped form" },
		{ "{{=<% %>=}}<%{x}%>", "{\"x\":1}", "no unescaped form" },
		{ "{{nope}}", "{}", "nothing is called nope" },
		{ "{{#nope}}{{/nope}}", "{}", "nothing is called nope" },
		{ "{{^nope}}{{/nope}}", "{}", "nothing is called nope" },
		{ "{{a.b}}", "{\"a\":{}}", "nothing is called a.b" },
		{ "{{a.b}}", "{\"a\":\"text\"}", "nothing is called a.b" },
		{ "{{>nope}}", "{}", "no template nope" },
		{ "{{list}}", "{\"list\":[]}", "list is not a text" },
		{ "{{%object}}", "{\"object\":{}}", "object is not a text" },
		{ "a\nb\n{{#l}}", "{\"l\":true}", "line 3: never closed: l" },
		{ "a\n{{/l}}", "{}", "line 2: closes no section: l" },
		{ "{{#a}}{{#b}}{{/a}}{{/b}}", "{}", "closes another section: a" },
		{ "{{x", "{}", "never closed" },
		{ "{{}}", "{}", "not a name" },
		{ "{{a b}}", "{}", "not a name" },
		{ "{{a..b}}", "{}", "not a name" },
		{ "{{.a}}", "{}", "not a name" },
		{ "{{a.}}", "{}", "not a name" },
		{ "{{<a}}", "{}", "not a name" },
		{ "{{>../etc/passwd}}", "{}", "not a template's name" },
		{ "{{=a=}}", "{}", "not a pair" },
		{ "{{=a b c=}}", "{}", "not a pair" },
		{ "{{==}}", "{}", "not a pair" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct buf out = BUF_INIT(1024);
		struct err e = { .text = "" };

		assert_int_not_equal(render(table[i].template, NULL, table[i].view,
					    TEMPLATE_STRICT, &out, &e), 0);
		if (!strstr(e.text, table[i].says))
			fail_msg("[%s]: [%s] lacks [%s]", table[i].template,
				 e.text, table[i].says);
		buf_free(&out);
	}
}

static void a_template_has_one_name_of_its_own(void **state)
{
	struct template_set *s = template_set_new();
	struct err e;

	(void)state;
	assert_int_equal(template_set_add(s, "a", SLICE(""), &e), 0);
	assert_int_equal(template_set_add(s, "a", SLICE(""), &e), -1);
	template_set_free(s);
}

static void what_never_ends_is_stopped(void **state)
{
	static const struct mistake table[] = {
		{ "{{>p}}", "{}", "too deep" },
		{ "{{#a}}{{>p}}{{/a}}", "{\"a\":{}}", "too deep" },
		{ "{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}",
			"{\"l\":[1,2,3,4,5,6,7,8]}", "does not come to an end" },
		{ "{{#l}}{{#l}}{{#l}}........{{/l}}{{/l}}{{/l}}", "{\"l\":[1,2,3,4,5,6,7,8]}", "larger than 1024" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct buf out = BUF_INIT(1024);
		struct err e = { .text = "" };

		assert_int_not_equal(render(table[i].template, table[i].template,
					    table[i].view, TEMPLATE_STRICT, &out, &e), 0);
		assert_int_equal(e.code, ERR_LIMIT);
		if (!strstr(e.text, table[i].says))
			fail_msg("[%s] lacks [%s]", e.text, table[i].says);
		buf_free(&out);
	}
}

static void sections_that_nest_too_deep_are_no_template(void **state)
{
	struct buf text = BUF_INIT(65536), out = BUF_INIT(16);
	struct err e;

	(void)state;
	for (int i = 0; i <= TEMPLATE_DEPTH; i++)
		buf_puts(&text, "{{#a}}");
	for (int i = 0; i <= TEMPLATE_DEPTH; i++)
		buf_puts(&text, "{{/a}}");
	assert_int_not_equal(render(text.data, NULL, "{}", TEMPLATE_STRICT, &out, &e), 0);
	assert_non_null(strstr(e.text, "nest too deep"));
	buf_free(&text);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interpolation),
		cmocka_unit_test(missing_names_are_empty_when_lenient),
		cmocka_unit_test(sections),
		cmocka_unit_test(inverted_sections),
		cmocka_unit_test(comments_and_delimiters),
		cmocka_unit_test(partials),
		cmocka_unit_test(indentation_adds_up_and_ends_with_its_partial),
		cmocka_unit_test(mistakes_are_errors_with_their_line),
		cmocka_unit_test(a_template_has_one_name_of_its_own),
		cmocka_unit_test(what_never_ends_is_stopped),
		cmocka_unit_test(sections_that_nest_too_deep_are_no_template),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
