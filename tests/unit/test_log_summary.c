#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/heavy.h"
#include "mail/log_summary.h"
#include "mail/when.h"

static struct heavy table_of(size_t capacity, struct arena *a)
{
	struct heavy h;

	heavy_init(&h, capacity, 7, a);
	return h;
}

static void while_there_is_room_counts_are_exact(void **state)
{
	struct arena a = ARENA_INIT;
	struct heavy h = table_of(64, &a);
	char name[20];

	(void)state;
	for (int i = 0; i < 64; i++)
		for (int j = 0; j <= i; j++) {
			snprintf(name, sizeof(name), "name%d", i);
			heavy_count(&h, slice_of(name));
		}
	heavy_count(&h, slice_of(""));
	assert_int_equal(h.used, 64);
	assert_int_equal(h.missed, 0);
	assert_int_equal(heavy_find(&h, slice_of("name40"))->count, 41);
	assert_null(heavy_find(&h, slice_of("other")));
	heavy_sort(&h);
	assert_int_equal(h.entries[0].count, 64);
	assert_int_equal(h.entries[63].count, 1);
	arena_clear(&a);
}

/* Ten frequent names among a flood of new ones, in any order. */
static void a_flood_of_rare_names_hides_no_frequent_one(void **state)
{
	struct arena a = ARENA_INIT;
	struct heavy h = table_of(64, &a);
	char name[40];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "rare%d", i);
		heavy_count(&h, slice_of(name));
		snprintf(name, sizeof(name), "frequent%d", i % 10);
		heavy_count(&h, slice_of(name));
	}
	assert_true(h.used <= 64 && h.missed > 0);
	for (int i = 0; i < 10; i++) {
		const struct heavy_entry *e;

		snprintf(name, sizeof(name), "frequent%d", i);
		e = heavy_find(&h, slice_of(name));
		assert_non_null(e);
		assert_true(e->count <= 10000 && e->count + e->missed >= 10000);
	}
	heavy_sort(&h);
	assert_memory_equal(h.entries[0].name, "frequent", 8);
	arena_clear(&a);
}

static void what_was_forgotten_is_admitted(void **state)
{
	struct arena a = ARENA_INIT;
	struct heavy h = table_of(4, &a);

	(void)state;
	for (int round = 0; round < 3; round++)
		for (const char *p = "abcdefgh"; *p; p++)
			heavy_count(&h, (struct slice){ p, 1 });
	for (size_t i = 0; i < h.used; i++)
		assert_true(h.entries[i].count <= 3 &&
			    h.entries[i].count + h.entries[i].missed >= 3);
	arena_clear(&a);
}

static void a_long_name_is_cut_and_still_counted(void **state)
{
	struct arena a = ARENA_INIT;
	struct heavy h = table_of(4, &a);
	char name[400];

	(void)state;
	memset(name, 'x', sizeof(name));
	heavy_count(&h, (struct slice){ name, 400 });
	heavy_count(&h, (struct slice){ name, 300 });
	assert_int_equal(h.used, 1);
	assert_int_equal(heavy_find(&h, (struct slice){ name, 255 })->count, 2);
	arena_clear(&a);
}

/* ---- a summary -------------------------------------------------------- */

#define TS "2026-11-24 07:19:38 "
#define REFUSED(ip) TS "H=(x) [" ip "]:5 F=<a@b.example> rejected RCPT <c@d.example>: relay not permitted"
#define LOGIN(ip) TS "1xVkoU-00003j-0q <= u@local.example H=(x) [" ip "]:5 P=esmtpsa A=dovecot_plain:u@local.example S=1 for c@d.example"

static void a_probe_is_a_refusal_to_somebody_who_never_logged_in(void **state)
{
	static const char *const lines[] = {
		REFUSED("203.0.113.9"), REFUSED("203.0.113.9"), REFUSED("198.51.100.7"),
		REFUSED("192.0.2.1"), REFUSED("127.0.0.1"), REFUSED("10.0.0.5"),
		REFUSED("2001:db8:5::1"), LOGIN("203.0.113.200"), LOGIN("2001:db8:5::ffff"),
		TS "H=(x) [9.9.9.9] F=<a@b> rejected RCPT <c@d>: relay not permitted) [203.0.113.8]:5 F=<> rejected RCPT <c@d>: relay not permitted",
	};
	struct arena a = ARENA_INIT;
	struct log_summary s;
	struct log_probes p;

	(void)state;
	log_summary_init(&s, &(struct log_since){ .given = false }, 7, &a);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		log_summary_line(&s, slice_of(lines[i]));
	p = log_summary_probes(&s);
	assert_int_equal(s.by_class[CAUSE_RELAY_UNAUTH], 7);
	assert_int_equal(s.by_class[CAUSE_SPOOF_NEGATIVE], 1);
	assert_int_equal(s.refused, 5);		/* by addresses of the world */
	assert_int_equal(p.refusals, 2);
	assert_int_equal(p.networks, 2);
	assert_false(p.more);
	assert_null(heavy_find(&s.clients, SLICE("\4\11\11\11\11")));
	arena_clear(&a);
}

static void old_lines_and_what_belongs_to_them_are_passed_over(void **state)
{
	static const char *const lines[] = {
		"2026-11-23 07:19:38 H=(x) [203.0.113.9]:5 F=<> rejected RCPT <c@d.example>: relay not permitted",
		"P Received: from x", "no time", REFUSED("203.0.113.9"),
		"2026-11-24 01:00:00 -0600 H=(x) [203.0.113.9]:5 F=<> rejected RCPT <c@d.example>: relay not permitted",
		"2026-11-24 07:00:00 +0100 H=(x) [203.0.113.9]:5 F=<> rejected RCPT <c@d.example>: relay not permitted",
	};
	struct arena a = ARENA_INIT;
	struct log_summary s;
	struct log_since since = { .given = true };
	bool zulu;

	(void)state;
	assert_true(when_read(SLICE("2026-11-24T06:30:00Z"), &since.utc, &zulu) && zulu);
	since.wall = since.utc;
	log_summary_init(&s, &since, 7, &a);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		log_summary_line(&s, slice_of(lines[i]));
	assert_int_equal(s.lines, 6);
	assert_int_equal(s.old, 4);
	assert_int_equal(s.by_class[CAUSE_RELAY_UNAUTH], 2);
	arena_clear(&a);
}

static void times_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t wall;
	} good[] = {
		{ "2026-11-24", 1795478400 }, { "2026-11-24 07:19", 1795504740 },
		{ "2026-11-24T07:19:38", 1795504778 }, { "2026-11-24 07:19:38Z", 1795504778 },
	};
	static const char *const bad[] = {
		"", "Z", "2026", "2026-13-01", "2026-00-01", "2026-11-32", "2026-11-24 ",
		"2026-11-24 7:19", "2026-11-24 24:00", "2026-11-24 07:60", "2026-11-24x07:19",
		"2026-11-24 07:19:", "2026-11-24 07:19:38x", "26-11-24", "yesterday",
	};
	int64_t wall;
	bool zulu;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(when_read(slice_of(good[i].text), &wall, &zulu));
		assert_int_equal(wall, good[i].wall);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(when_read(slice_of(bad[i]), &wall, &zulu));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(while_there_is_room_counts_are_exact),
		cmocka_unit_test(a_flood_of_rare_names_hides_no_frequent_one),
		cmocka_unit_test(what_was_forgotten_is_admitted),
		cmocka_unit_test(a_long_name_is_cut_and_still_counted),
		cmocka_unit_test(a_probe_is_a_refusal_to_somebody_who_never_logged_in),
		cmocka_unit_test(old_lines_and_what_belongs_to_them_are_passed_over),
		cmocka_unit_test(times_are_read_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
