#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "engine/digest.h"
#include "engine/journal.h"

static void the_journal_is_shown_newest_first(void **state)
{
	json_object *all = journal_view(SLICE(
		"id=1 verb=set_routing name=a.example state=KEPT at=1000 text=\n"
		"id=2 verb=set_routing name=b.example state=UNDONE at=2000 by=a%20b%0A\n"
		"\n"
		"rubbish\n"));
	json_object *first = json_object_array_get_idx(all, 0);
	json_object *second = json_object_array_get_idx(all, 1);

	(void)state;
	assert_int_equal(json_count(all), 2);
	assert_string_equal(json_text(first, "id"), "2");
	assert_string_equal(json_text(first, "by"), "a b\n");
	assert_string_equal(json_text(first, "at"), "1970-01-01T00:33:20Z");
	assert_int_equal(json_flag(first, "undoable"), 0);
	assert_int_equal(json_flag(second, "undoable"), 1);
	json_object_put(all);
}

static void a_broken_escape_stays_as_it_is(void **state)
{
	json_object *all = journal_view(SLICE("id=%4 text=%zz%"));
	json_object *o = json_object_array_get_idx(all, 0);

	(void)state;
	assert_string_equal(json_text(o, "id"), "%4");
	assert_string_equal(json_text(o, "text"), "%zz%");
	json_object_put(all);
}

static json_object *plan(const char *text)
{
	struct err e;
	json_object *o = json_read(text, strlen(text), "plan", &e);

	assert_non_null(o);
	return o;
}

static void a_digest_changes_with_whatever_was_agreed_to(void **state)
{
	static const char *const others[] = {
		"{\"finding\":\"x:b\",\"ops\":[{\"verb\":\"v\",\"name\":\"n\",\"expect\":\"e\",\"value\":\"w\"}]}",
		"{\"finding\":\"x:a\",\"ops\":[{\"verb\":\"v\",\"name\":\"n\",\"expect\":\"e\",\"value\":\"W\"}]}",
		"{\"finding\":\"x:a\",\"ops\":[{\"verb\":\"v\",\"name\":\"ne\",\"expect\":\"\",\"value\":\"w\"}]}",
		"{\"finding\":\"x:a\",\"ops\":[{\"verb\":\"v\",\"name\":\"n\",\"expect\":\"f\",\"value\":\"w\"}]}",
		"{\"finding\":\"x:a\",\"ops\":[]}",
		"{\"finding\":\"x:a\",\"confirm\":{\"word\":\"n\"},\"ops\":[{\"verb\":\"v\",\"name\":\"n\",\"expect\":\"e\",\"value\":\"w\"}]}",
	};
	json_object *one = plan("{\"finding\":\"x:a\",\"ops\":[{\"verb\":\"v\",\"name\":\"n\",\"expect\":\"e\",\"value\":\"w\"}]}");
	json_object *same = plan("{\"notes\":[\"n\"],\"finding\":\"x:a\",\"ops\":[{\"value\":\"w\",\"verb\":\"v\",\"name\":\"n\",\"expect\":\"e\"}]}");
	char a[DIGEST_TEXT], b[DIGEST_TEXT];

	(void)state;
	assert_string_equal(digest_of_plan(a, one), digest_of_plan(b, same));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		json_object *o = plan(others[i]);

		assert_string_not_equal(a, digest_of_plan(b, o));
		json_object_put(o);
	}
	json_object_put(one);
	json_object_put(same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_is_shown_newest_first),
		cmocka_unit_test(a_broken_escape_stays_as_it_is),
		cmocka_unit_test(a_digest_changes_with_whatever_was_agreed_to),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
