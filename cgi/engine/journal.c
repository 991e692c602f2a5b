#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
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

static void put_time(json_object *o, const char *seconds)
{
	uint64_t t;
	time_t when;
	char text[32];
	struct tm tm;

	if (!slice_uint(slice_of(seconds), (uint64_t)1 << 40, &t))
		return;
	when = (time_t)t;
	if (gmtime_r(&when, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		json_put_text(o, "at", text);
}

static json_object *view_entry(struct slice line)
{
	static const char *const keys[] = { "id", "verb", "name", "expect", "value",
		"before", "after", "state", "at", "by", "door", "from", "account", "text" };
	json_object *o = json_object_new_object();
	const char *state;

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
		put_time(o, json_text(o, "at"));
	state = json_text(o, "state");
	json_put_flag(o, "undoable", state && (!strcmp(state, "KEPT") ||
					       !strcmp(state, "DONE")));
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
