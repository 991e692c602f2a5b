#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/map.h"
#include "engine/journal.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* At most size - 1 bytes; a broken escape stays as it is. */
static void decode(char *out, size_t size, struct slice s)
{
	size_t n = 0;

	while (s.n && n + 1 < size) {
		int high = s.n > 2 && *s.p == '%' ? hex(s.p[1]) : -1;
		int low = high < 0 ? -1 : hex(s.p[2]);
		size_t used = low < 0 ? 1 : 3;

		out[n++] = low < 0 ? *s.p : (char)(high << 4 | low);
		s.p += used;
		s.n -= used;
	}
	out[n] = '\0';
}

static void put_time(json_object *o, const char *key, const char *seconds)
{
	uint64_t t;
	time_t when;
	char text[32];
	struct tm tm;

	if (!slice_uint(slice_of(seconds), (uint64_t)1 << 40, &t))
		return;
	when = (time_t)t;
	if (gmtime_r(&when, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		json_put_text(o, key, text);
}

/* Numbers of a job, which its entry has once it ended; absent is null. A change
 * alone has none. */
static bool put_counts(json_object *o)
{
	static const char *const keys[] = { "total", "done", "failed", "undone" };
	const char *total = json_text(o, "total");
	bool job = total && *total;
	uint64_t n;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *s = json_text(o, keys[i]);

		if (!job)
			json_object_object_del(o, keys[i]);
		else if (s && slice_uint(slice_of(s), 1000000, &n))
			json_put_number(o, keys[i], (int64_t)n);
		else
			json_put_text(o, keys[i], NULL);
	}
	return job;
}

/* What these verbs did cannot be put back; their previews say so. */
static bool is_final(json_object *o)
{
	static const char *const verbs[] = {
		"unblock_temporary", "unblock_hulk", "start_listener", "reload_exim",
	};
	const char *verb = json_text(o, "verb");

	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verb, verbs[i]))
			return true;
	return false;
}

static bool is_state(json_object *o, const char *state)
{
	const char *s = json_text(o, "state");

	return s && !strcmp(s, state);
}

/* Of a guarded change that nobody has kept yet. */
static void put_until(json_object *o, bool undoing)
{
	const char *deadline = json_text(o, "deadline");

	json_put_text(o, "until", NULL);
	if (deadline && !undoing && (is_state(o, "PREPARED") || is_state(o, "DONE")))
		put_time(o, "until", deadline);
}

static void put_state(json_object *o, bool job)
{
	const char *undo = json_text(o, "undo");
	bool undoing = undo && *undo;
	bool running = job && (undoing || is_state(o, "PREPARED"));

	if (!job)
		put_until(o, undoing);
	json_object_object_del(o, "deadline");
	json_object_object_del(o, "undo");
	json_put_flag(o, "job", job);
	if (job) {
		json_put_flag(o, "running", running);
		json_put_flag(o, "undoing", undoing);
	}
	json_put_flag(o, "undoable", !running && !is_final(o) && (is_state(o, "KEPT") ||
						  is_state(o, "DONE")));
}

static json_object *view_entry(struct slice line)
{
	static const char *const keys[] = { "id", "verb", "name", "expect", "value",
		"before", "after", "state", "at", "by", "door", "from", "account", "text",
		"parent", "total", "done", "failed", "undone", "undo", "deadline" };
	json_object *o = json_object_new_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_put_text(o, keys[i], NULL);
	while (line.n) {
		struct slice value = slice_cut(&line, ' ');
		struct slice key = slice_cut(&value, '=');
		char text[1100];

		decode(text, sizeof(text), value);
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			if (slice_eq(key, keys[i]))
				json_put_text(o, keys[i], text);
	}
	if (json_text(o, "at"))
		put_time(o, "at", json_text(o, "at"));
	if (json_text(o, "parent") && !*json_text(o, "parent"))
		json_put_text(o, "parent", NULL);
	put_state(o, put_counts(o));
	return o;
}

static int newest_first(const void *pa, const void *pb)
{
	json_object *a = *(json_object *const *)pa, *b = *(json_object *const *)pb;
	const char *ta = json_text(a, "at"), *tb = json_text(b, "at");
	int d = strcmp(tb ? tb : "", ta ? ta : "");

	return d ? d : strcmp(json_text(b, "id"), json_text(a, "id"));
}

json_object *journal_view(struct slice text)
{
	json_object *all = json_object_new_array();
	struct slice line;

	while (slice_line(&text, &line)) {
		json_object *o = view_entry(line);

		if (json_text(o, "id"))
			json_object_array_add(all, o);
		else
			json_object_put(o);
	}
	json_object_array_sort(all, newest_first);
	return all;
}

/* ---- jobs -------------------------------------------------------------- */

struct counts {
	int64_t done, failed, undone;
};

static void count_row(struct counts *n, json_object *row)
{
	n->done += is_state(row, "KEPT") || is_state(row, "DONE");
	n->undone += is_state(row, "UNDONE");
	n->failed += is_state(row, "FAILED");
}

/* Its rows say it better than it does; of one whose rows have gone from the
 * journal, and of one that came to none, its own words are all there is. */
static void put_progress(json_object *job, const struct counts *n)
{
	int64_t seen = n->done + n->failed + n->undone, left;

	if (seen || json_flag(job, "running") == 1) {
		json_put_number(job, "done", n->done);
		json_put_number(job, "failed", n->failed);
		json_put_number(job, "undone", n->undone);
	}
	left = json_number(job, "total", 0) - json_number(job, "done", 0) -
		json_number(job, "failed", 0) - json_number(job, "undone", 0);
	json_put_number(job, "left", left > 0 ? left : 0);
}

json_object *journal_job(struct slice text)
{
	struct counts n = { 0, 0, 0 };
	json_object *job, *rows, *list;
	struct slice line;

	if (!slice_line(&text, &line))
		return NULL;
	job = view_entry(line);
	list = journal_view(text);
	rows = json_object_new_array();
	for (size_t i = json_count(list); i-- > 0;) {
		json_object *row = json_object_array_get_idx(list, i);

		count_row(&n, row);
		json_object_array_add(rows, json_object_get(row));
	}
	json_object_put(list);
	json_object_object_add(job, "rows", rows);
	put_progress(job, &n);
	return job;
}

void journal_fold(json_object *all)
{
	struct arena a = ARENA_INIT;
	struct map jobs = MAP_INIT(&a, 0);

	for (size_t i = 0; i < json_count(all); i++) {
		json_object *o = json_object_array_get_idx(all, i);

		if (json_flag(o, "job") == 1 && json_text(o, "id"))
			*map_at(&jobs, json_text(o, "id")) =
				arena_zalloc(&a, sizeof(struct counts));
	}
	for (size_t i = json_count(all); i-- > 0;) {
		json_object *o = json_object_array_get_idx(all, i);
		const char *parent = json_text(o, "parent");
		struct counts *n = parent ? map_get(&jobs, parent) : NULL;

		if (!n)
			continue;
		count_row(n, o);
		json_object_array_del_idx(all, i, 1);
	}
	for (size_t i = 0; i < json_count(all); i++) {
		json_object *o = json_object_array_get_idx(all, i);

		if (json_flag(o, "job") == 1 && json_text(o, "id"))
			put_progress(o, map_get(&jobs, json_text(o, "id")));
	}
	arena_clear(&a);
}
