#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "render/diagram.h"
#include "render/diagram_path.h"
#include "render/view_log.h"

#define TODAY 20781	/* 2026-11-24 */

static json_object *of(const struct log_day *days, size_t n)
{
	struct facts f = { .log = { .counted = true, .from = TODAY - 20, .to = TODAY,
		.days = days, .ndays = n } };

	return view_rejections(&f);
}

static json_object *at(json_object *o, const char *key, size_t i)
{
	return json_object_array_get_idx(json_member(o, key), i);
}

static void every_day_is_there_and_its_causes_add_up(void **state)
{
	static const struct log_day days[] = {
		{ TODAY - 1, "no_user", 2 }, { TODAY, "auth_fail", 3 }, { TODAY, "no_user", 4 },
	};
	json_object *o = of(days, 3);

	(void)state;
	assert_int_equal(json_count(json_member(o, "days")), LOG_CHART_DAYS);
	assert_int_equal(json_number(o, "count", 0), 9);
	assert_string_equal(json_text(o, "from"), "2026-11-11");
	assert_string_equal(json_text(o, "to"), "2026-11-24");
	assert_int_equal(json_number(at(o, "days", 13), "count", 0), 7);
	assert_int_equal(json_number(at(o, "days", 12), "count", 0), 2);
	assert_int_equal(json_number(at(o, "days", 0), "count", -1), 0);
	assert_true(strlen(json_text(at(at(o, "days", 13), "classes", 0), "title")) > 5);
	json_object_put(o);
}

/* A step, and the series that its row must have. */
static const struct {
	int64_t depth;
	const char *text, *end, *series;
} way[] = {
	{ 0, "a@d", "goes_on", "way" }, { 1, "b@d", "goes_on", "circle" },
	{ 2, "c@d", "goes_on", "circle" }, { 3, "b@d", "circle", "circle" },
	{ 2, "x@far", "outside", "outside" }, { 1, "e@d", "shown", "way" },
	{ 0, "*@d", "goes_on", "way" }, { 1, "f@d", "mailbox", "circle" },
	{ 2, "*@e", "goes_on", "circle" }, { 3, "f@d", "shown", "circle" },
};

#define STEPS (sizeof(way) / sizeof(*way))

static void a_circle_is_drawn_as_one_from_where_it_begins(void **state)
{
	json_object *path = json_object_new_object(), *list = json_object_new_array(), *drawn;

	(void)state;
	for (size_t i = 0; i < STEPS; i++) {
		json_object *o = json_object_new_object();

		json_put_number(o, "depth", way[i].depth);
		json_put_text(o, "text", way[i].text);
		json_put_text(o, "end", way[i].end);
		json_object_array_add(list, o);
	}
	json_object_object_add(path, "steps", list);
	drawn = diagram_path(path);
	for (size_t i = 0; i < STEPS; i++)
		assert_string_equal(json_text(at(drawn, "rows", i), "series"), way[i].series);
	assert_non_null(strstr(json_text(at(drawn, "rows", 9), "note"), "unless"));
	json_object_put(drawn);
	json_object_put(path);
}

static void without_a_log_there_is_nothing_to_tell(void **state)
{
	struct facts f = { .log = { .counted = false } };
	json_object *none = of(NULL, 0);

	(void)state;
	assert_null(view_rejections(&f));
	assert_null(diagram_days(NULL));
	assert_null(diagram_days(none));
	json_object_put(none);
}

static void the_pieces_of_a_column_stand_on_each_other(void **state)
{
	static const struct log_day days[] = {
		{ TODAY, "auth_fail", 100 }, { TODAY, "no_user", 1 }, { TODAY, "relay_unauth", 19 },
	};
	json_object *o = of(days, 3), *d = diagram_days(o), *parts;
	int64_t above;

	(void)state;
	parts = json_member(at(d, "columns", 13), "parts");
	assert_int_equal(json_count(parts), 3);
	above = json_number(d, "base", 0);
	for (size_t i = 0; i < 3; i++) {
		json_object *p = json_object_array_get_idx(parts, i);

		assert_true(json_number(p, "height", 0) >= 1);
		assert_int_equal(json_number(p, "y", 0) + json_number(p, "height", 0), above);
		above = json_number(p, "y", 0);
	}
	assert_int_equal(above, 16);	/* the worst day is as high as can be */
	assert_string_equal(json_text(at(d, "legend", 0), "series"), "0");
	assert_int_equal(json_number(at(d, "legend", 0), "count", 0), 100);
	json_object_put(d);
	json_object_put(o);
}

static void rare_causes_share_a_series(void **state)
{
	static const struct log_day days[] = {
		{ TODAY, "auth_fail", 9 }, { TODAY, "loop", 8 }, { TODAY, "mx_dead", 7 },
		{ TODAY, "no_user", 6 }, { TODAY, "ptr_remote", 2 }, { TODAY, "too_big", 1 },
	};
	json_object *o = of(days, 6), *d = diagram_days(o), *last;

	(void)state;
	assert_int_equal(json_count(json_member(d, "legend")), 5);
	last = at(d, "legend", 4);
	assert_string_equal(json_text(last, "series"), "4");
	assert_int_equal(json_number(last, "count", 0), 3);
	assert_int_equal(json_count(json_member(at(d, "columns", 13), "parts")), 5);
	json_object_put(d);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_is_there_and_its_causes_add_up),
		cmocka_unit_test(a_circle_is_drawn_as_one_from_where_it_begins),
		cmocka_unit_test(without_a_log_there_is_nothing_to_tell),
		cmocka_unit_test(the_pieces_of_a_column_stand_on_each_other),
		cmocka_unit_test(rare_causes_share_a_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
