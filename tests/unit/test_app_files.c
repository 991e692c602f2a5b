/* Pages read again while requests are at work. */
#include "app_harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

static char dir[64];

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int make_dir(void **state)
{
	static const char *const names[] = {
		"assets/relaydoctor.css", "assets/relaydoctor.js", "assets/user.css",
		"assets/user.js", "assets/icon.svg", "assets/icon.png",
	};
	static const char *const below[] = { "assets", "partials", "words" };
	char path[80];

	(void)state;
	strcpy(dir, "/tmp/relaydoctor-files-XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(below) / sizeof(*below); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, below[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		put(names[i], "x");
	put("words/en.json", "{\"a\":\"one\"}");
	put("page.html", "one");
	return 0;
}

static int remove_dir(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static bool page_is(const struct app_files *f, const char *text)
{
	json_object *view = json_object_new_object();
	struct buf out = { .limit = 100 };
	struct err e;
	bool is = !template_render(f->templates, "page", view, TEMPLATE_STRICT, &out, &e) &&
		!strcmp(out.data, text);

	json_object_put(view);
	buf_free(&out);
	return is;
}

static void who_holds_a_reading_keeps_it_while_another_takes_its_place(void **state)
{
	struct err e;
	struct app_shelf *s = app_shelf_new(dir, &e);
	struct app_files *before = app_files_take(s), *after;

	(void)state;
	put("page.html", "two");
	assert_int_equal(app_shelf_read(s, &e), 0);
	after = app_files_take(s);
	assert_true(page_is(before, "one") && page_is(after, "two"));
	app_files_release(s, before);
	app_files_release(s, after);
	app_shelf_free(s);
}

static void what_cannot_be_read_leaves_the_pages_that_were_there(void **state)
{
	struct err e;
	struct app_shelf *s = app_shelf_new(dir, &e);
	struct app_files *f;

	(void)state;
	put("page.html", "{{#unclosed}}");
	assert_int_equal(app_shelf_read(s, &e), -1);
	put("page.html", "one");
	put("words/en.json", "{");
	assert_int_equal(app_shelf_read(s, &e), -1);
	f = app_files_take(s);
	assert_true(page_is(f, "one"));
	app_files_release(s, f);
	app_shelf_free(s);
	assert_null(app_shelf_new(dir, &e));
}

/* Not NULL when one failed. */
static void *read_on(void *s)
{
	void *failed = NULL;
	struct err e;

	for (int i = 0; i < 200; i++)
		if (app_shelf_read(s, &e))
			failed = s;
	return failed;
}

static void many_readings_do_not_disturb_who_renders(void **state)
{
	struct err e;
	struct app_shelf *s = app_shelf_new(dir, &e);
	void *failed = s;
	pthread_t reader;

	(void)state;
	assert_int_equal(pthread_create(&reader, NULL, read_on, s), 0);
	for (int i = 0; i < 2000; i++) {
		struct app_files *f = app_files_take(s);

		assert_true(page_is(f, "one"));
		app_files_release(s, f);
	}
	pthread_join(reader, &failed);
	assert_null(failed);
	app_shelf_free(s);
}

static bool has_scanned(struct app *app)
{
	json_object *o;
	bool has;

	wait_for_scan(app);
	o = app_scan_view(app->scan, true);
	has = json_text(o, "started_at") != NULL;
	json_object_put(o);
	return has;
}

static void settings_are_read_by_another_scan_where_there_was_one(void **state)
{
	const struct asked q = { .query = "" };

	assert_false(has_scanned(*state));
	app_reload(*state);
	assert_true(has_scanned(*state));
	assert_int_equal(status(*state, &q), 200);
}

static void before_the_first_scan_none_is_begun(void **state)
{
	struct app *app = app_with(NULL);

	(void)state;
	app_reload(app);
	assert_false(has_scanned(app));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define D(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		D(who_holds_a_reading_keeps_it_while_another_takes_its_place),
		D(what_cannot_be_read_leaves_the_pages_that_were_there),
		D(many_readings_do_not_disturb_who_renders),
		T(settings_are_read_by_another_scan_where_there_was_one),
		T(before_the_first_scan_none_is_begun),
	};

	return cmocka_run_group_tests_name("app_files", tests, NULL, NULL);
}
