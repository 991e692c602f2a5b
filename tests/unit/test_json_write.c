#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_write.h"

#define MEBIBYTE ((size_t)1 << 20)

/* The written text is what json-c prints of the same object. */
static void assert_same(struct buf *written, json_object *o)
{
	assert_string_equal(written->data, json_object_to_json_string_ext(o,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	buf_free(written);
}

static void objects_and_arrays_are_written_as_json_c_prints_them(void **state)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	struct buf b = BUF_INIT(MEBIBYTE);

	(void)state;
	json_write_open(&b, NULL, '{');
	json_write_text(&b, "brackets", "{[");
	json_write_number(&b, "least", INT64_MIN);
	json_write_flag(&b, "yes", 2);
	json_write_flag(&b, "no", 0);
	json_write_text(&b, "none", NULL);
	json_write_open(&b, "list", '[');
	json_write_text(&b, NULL, "one");
	json_write_open(&b, NULL, '{');
	json_write_close(&b, '}');
	json_write_open(&b, NULL, '[');
	json_write_close(&b, ']');
	json_write_number(&b, NULL, 7);
	json_write_close(&b, ']');
	json_write_text(&b, "last", "");
	json_write_close(&b, '}');

	json_put_text(o, "brackets", "{[");
	json_put_number(o, "least", INT64_MIN);
	json_put_flag(o, "yes", 2);
	json_put_flag(o, "no", 0);
	json_put_text(o, "none", NULL);
	json_object_array_add(list, json_new_text("one"));
	json_object_array_add(list, json_object_new_object());
	json_object_array_add(list, json_object_new_array());
	json_object_array_add(list, json_object_new_int64(7));
	json_object_object_add(o, "list", list);
	json_put_text(o, "last", "");
	assert_same(&b, o);
}

static void assert_same_text(const char *s)
{
	struct buf b = BUF_INIT(MEBIBYTE);

	json_write_text(&b, NULL, s);
	assert_same(&b, json_new_text(s));
}

static void every_byte_and_pair_of_bytes_is_written_as_json_c_prints_it(void **state)
{
	char s[5] = "a";

	(void)state;
	for (int i = 1; i < 256; i++)
		for (int k = 0; k < 256; k++) {
			s[1] = (char)i;
			s[2] = (char)k;
			s[3] = k ? 'z' : '\0';
			assert_same_text(s);
		}
}

/* UTF-8 whole and cut among what has to be escaped. */
static void random_texts_are_written_as_json_c_prints_them(void **state)
{
	static const char *const pieces[] = { "é", "€", "😀", "\xc3", "\xe2\x82", "\xf0\x9f", "\xed\xa0\x80",
		"\"", "\\", "/", "\n", "\x01", "\x1f", "\x7f", "plain words", "" };
	char s[400];

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		*s = '\0';
		for (int n = rand() % 20; n > 0; n--)
			strcat(s, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))]);
		assert_same_text(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_and_arrays_are_written_as_json_c_prints_them),
		cmocka_unit_test(every_byte_and_pair_of_bytes_is_written_as_json_c_prints_it),
		cmocka_unit_test(random_texts_are_written_as_json_c_prints_them),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
