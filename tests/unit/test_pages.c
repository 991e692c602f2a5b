#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "http/pages_words.h"

/* ---- rules for every template, held against their text ----------------- */

/* What the page's policy forbids is the linter's; this is about meaning. */
static const struct {
	const char *pattern, *why;
} forbidden[] = {
	{ "(href|src|action|content)=\"[^\"]*\\{\\{[^%#/^!>.][^}]*\\}\\}[^\"]*\"", "an address holds {{%name}} only" },
	{ "<[a-z][^>]* [a-z-]+=(\\{\\{|')", "attributes stand in double quotes" },
	{ "<img [^>]*src=[^>]*>", NULL },
};

static void hold(const char *file, const char *line, int number)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		bool found;
		regex_t re;

		assert_int_equal(regcomp(&re, forbidden[i].pattern, REG_EXTENDED | REG_NOSUB), 0);
		found = !regexec(&re, line, 0, NULL, 0);
		regfree(&re);
		if (found && forbidden[i].why)
			fail_msg("%s:%d: %s", file, number, forbidden[i].why);
		if (found && !strstr(line, "alt=\""))
			fail_msg("%s:%d: a picture has its words", file, number);
	}
}

static void each_line(const char *pattern, void (*hold_line)(const char *, const char *, int))
{
	glob_t g;

	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		FILE *f = fopen(g.gl_pathv[i], "r");
		char line[8192];

		assert_non_null(f);
		for (int n = 1; fgets(line, sizeof(line), f); n++)
			hold_line(g.gl_pathv[i], line, n);
		fclose(f);
	}
	globfree(&g);
}

static void templates_keep_the_rules(void **state)
{
	(void)state;
	each_line("templates/*.html", hold);
	each_line("templates/partials/*.html", hold);
}

static void labelled(const char *file, const char *line, int number)
{
	const char *input = strstr(line, "<input ");
	const char *select = strstr(line, "<select ");
	const char *control = input ? input : select;

	if (control && !strstr(control, "type=\"hidden\"") && !strstr(control, "id=\"") &&
	    !strstr(control, "aria-label=\""))
		fail_msg("%s:%d: a control with neither an id nor aria-label has no label",
			 file, number);
}

static void every_control_can_have_its_label(void **state)
{
	(void)state;
	each_line("templates/*.html", labelled);
	each_line("templates/partials/*.html", labelled);
}

static void the_rules_notice_what_they_forbid(void **state)
{
	static const char *const bad[] = {
		"<a href=\"?id={{id}}\">", "<form action=\"{{x}}\">",
		"<meta content=\"3;url={{x}}\">", "<a title={{x}}>", "<a title='x'>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		bool found = false;

		for (size_t r = 0; r + 1 < sizeof(forbidden) / sizeof(*forbidden); r++) {
			regex_t re;

			assert_int_equal(regcomp(&re, forbidden[r].pattern, REG_EXTENDED | REG_NOSUB), 0);
			found |= !regexec(&re, bad[i], 0, NULL, 0);
			regfree(&re);
		}
		if (!found)
			fail_msg("%s is let through", bad[i]);
	}
}

/* ---- words ------------------------------------------------------------- */

static json_object *words(const char *text)
{
	struct err e;
	json_object *o = json_read(text, strlen(text), "a fixture", &e);

	assert_non_null(o);
	pages_words(o);
	return o;
}

static void fixed_words_get_plain_labels(void **state)
{
	json_object *o = words("{\"mxcheck\":\"auto\",\"severity\":\"unknown\",\"state\":\"KEPT\","
			       "\"sources\":[{\"name\":\"log\"}],\"at\":\"2026-11-24T10:00:00Z\"}");
	json_object *source = json_object_array_get_idx(json_member(o, "sources"), 0);

	(void)state;
	assert_string_equal(json_text(o, "mxcheck_label"), "Automatically detect");
	assert_int_equal(json_flag(o, "automatic"), 1);
	assert_string_equal(json_text(o, "severity_label"), "Not known");
	assert_string_equal(json_text(o, "state_label"), "Done and verified");
	assert_string_equal(json_text(source, "name_label"), "Exim's main log");
	assert_string_equal(json_text(o, "at_label"), "2026-11-24 10:00:00 UTC");
	json_object_put(o);
}

/* A file of a verb that changes something is named for what it does. */
static void every_change_is_said_in_words(void **state)
{
	static const char *const kinds[] = {
		"set_", "unblock_", "lift_", "reload_", "start_", "trust_", "remove_",
	};

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		char pattern[64], text[128];
		glob_t g;

		snprintf(pattern, sizeof(pattern), "cgi/priv/verbs/%s*.c", kinds[k]);
		assert_int_equal(glob(pattern, 0, NULL, &g), 0);
		for (size_t i = 0; i < g.gl_pathc; i++) {
			const char *name = strrchr(g.gl_pathv[i], '/') + 1;
			json_object *o;

			snprintf(text, sizeof(text), "{\"verb\":\"%.*s\"}", (int)strlen(name) - 2, name);
			o = words(text);
			assert_string_not_equal(json_text(o, "verb_label"), json_text(o, "verb"));
			json_object_put(o);
		}
		globfree(&g);
	}
}

static void what_is_set_anew_is_told_from_what_changes(void **state)
{
	json_object *o = words("[{\"expect\":\"local\",\"value\":\"local\"},"
			       "{\"expect\":\"local\",\"value\":\"remote\"},"
			       "{\"expect\":null,\"value\":null}]");

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(json_flag(json_object_array_get_idx(o, i), "anew"), i == 0);
	json_object_put(o);
}

static void unknown_words_are_their_own_label_and_null_has_none(void **state)
{
	json_object *o = words("{\"mxcheck\":null,\"phase\":\"a later release's\",\"at\":\"once\","
			       "\"before\":{\"x\":1}}");

	(void)state;
	assert_true(json_object_object_get_ex(o, "mxcheck_label", NULL));
	assert_null(json_text(o, "mxcheck_label"));
	assert_int_equal(json_flag(o, "automatic"), 0);
	assert_string_equal(json_text(o, "phase_label"), "a later release's");
	assert_string_equal(json_text(o, "at_label"), "once");
	assert_true(json_object_object_get_ex(o, "before_label", NULL));
	json_object_put(o);
}

static void a_fix_knows_its_finding(void **state)
{
	json_object *o = words("{\"id\":\"a:b\",\"fix\":{\"id\":\"set_routing\"}}");

	(void)state;
	assert_string_equal(json_text(json_member(o, "fix"), "finding"), "a:b");
	json_object_put(o);
}

static void a_page_can_tell_what_is_undone_and_what_is_not_here(void **state)
{
	json_object *o = words("{\"state\":\"UNDONE\",\"duration_ms\":1240,\"here\":{\"owner\":null,"
			       "\"lists\":[{\"file\":\"/etc/localdomains\",\"line\":3}]},\"there\":{\"owner\":null,"
			       "\"lists\":[{\"file\":\"/etc/localdomains\",\"line\":null}]}}");

	(void)state;
	assert_int_equal(json_flag(o, "undone"), 1);
	assert_string_equal(json_text(o, "seconds"), "1.2");
	assert_int_equal(json_flag(json_member(o, "here"), "hosted"), 1);
	assert_int_equal(json_flag(json_member(o, "there"), "hosted"), 0);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_keep_the_rules),
		cmocka_unit_test(every_control_can_have_its_label),
		cmocka_unit_test(the_rules_notice_what_they_forbid),
		cmocka_unit_test(fixed_words_get_plain_labels),
		cmocka_unit_test(every_change_is_said_in_words),
		cmocka_unit_test(what_is_set_anew_is_told_from_what_changes),
		cmocka_unit_test(unknown_words_are_their_own_label_and_null_has_none),
		cmocka_unit_test(a_fix_knows_its_finding),
		cmocka_unit_test(a_page_can_tell_what_is_undone_and_what_is_not_here),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
