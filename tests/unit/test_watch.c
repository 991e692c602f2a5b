#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/watch.h"

static const struct watch_times usual = { .every = 86400, .on_change = 60 };

static void the_timer_counts_from_the_last_scan_whoever_began_it(void **state)
{
	struct watch_clock c = { .scanned = 0 };

	(void)state;
	assert_int_equal(watch_due(&c, &usual, 86399), 1);
	assert_int_equal(watch_due(&c, &usual, 90000), 0);
	watch_scanned(&c, 90000);
	assert_int_equal(watch_due(&c, &usual, 90000), 86400);
}

static void never_means_never(void **state)
{
	const struct watch_times never = { .every = 0 };
	struct watch_clock c = { .scanned = 0 };

	(void)state;
	watch_changed(&c, 10);
	assert_int_equal(watch_due(&c, &never, 1000000), -1);
}

static void a_change_is_left_alone_for_a_while(void **state)
{
	struct watch_clock c = { .scanned = 0 };

	(void)state;
	watch_changed(&c, 5000);
	assert_int_equal(watch_due(&c, &usual, 5000), 60);
	watch_changed(&c, 5050);
	assert_int_equal(watch_due(&c, &usual, 5060), 50);
	assert_int_equal(watch_due(&c, &usual, 5110), 0);
}

static void a_busy_panel_is_not_waited_for_without_end(void **state)
{
	struct watch_clock c = { .scanned = 0 };
	int64_t now = 5000;

	(void)state;
	for (; now < 5000 + 60 * WATCH_PATIENCE; now += 10) {
		watch_changed(&c, now);
		assert_true(watch_due(&c, &usual, now) > 0);
	}
	watch_changed(&c, now);
	assert_int_equal(watch_due(&c, &usual, now), 0);
}

static void a_busy_panel_does_not_make_it_scan_for_ever(void **state)
{
	struct watch_clock c = { .scanned = 0 };
	unsigned scans = 0;

	(void)state;
	for (int64_t now = 5000; now < 5000 + 36000; now++) {
		watch_changed(&c, now);
		if (watch_due(&c, &usual, now) == 0) {
			watch_scanned(&c, now);
			scans++;
		}
	}
	assert_in_range(scans, 55, 61);
}

static bool seen_after(int fd, const char *dir, const char *name)
{
	char path[200], other[200];
	FILE *f;

	snprintf(other, sizeof(other), "%s/new", dir);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(other, "w");
	fputs("x", f);
	fclose(f);
	watch_take(fd);
	assert_int_equal(rename(other, path), 0);
	return watch_take(fd);
}

static void a_list_that_is_renamed_into_place_is_a_change_and_others_are_none(void **state)
{
	char dir[] = "/tmp/test_watch.XXXXXX", path[200];
	static const char *const names[] = { "localdomains", "passwd", "manualmx" };
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = watch_open(dir);
	assert_true(fd >= 0);
	assert_true(seen_after(fd, dir, "localdomains"));
	assert_false(seen_after(fd, dir, "passwd"));
	assert_true(seen_after(fd, dir, "manualmx"));
	assert_false(watch_take(fd));
	close(fd);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	assert_int_equal(watch_open(dir), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_timer_counts_from_the_last_scan_whoever_began_it),
		cmocka_unit_test(never_means_never),
		cmocka_unit_test(a_change_is_left_alone_for_a_while),
		cmocka_unit_test(a_busy_panel_is_not_waited_for_without_end),
		cmocka_unit_test(a_busy_panel_does_not_make_it_scan_for_ever),
		cmocka_unit_test(a_list_that_is_renamed_into_place_is_a_change_and_others_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
