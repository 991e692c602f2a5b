#include <string.h>

#include "base/json.h"
#include "mail/settings.h"
#include "render/view.h"
#include "render/view_settings.h"

static void put_slice(json_object *o, const char *key, struct slice s, struct arena *a)
{
	json_put_text(o, key, arena_strndup(a, s.p, s.n));
}

static void put_mute(json_object *o, const struct setting *x, struct arena *a)
{
	put_slice(o, "by", x->by, a);
	put_slice(o, "reason", x->reason, a);
	json_object_object_add(o, "until", view_last_day(x->until));
}

/* What one line alone says; false: nothing. */
static bool read_line(struct slice line, struct setting *x)
{
	struct settings s;

	settings_init(&s, line);
	return settings_next(&s, x);
}

struct lines {
	json_object *o;
	int64_t now;
	struct arena *a;
};

static void add_fault(struct lines *l, struct slice line, unsigned number, const char *why)
{
	json_object *o = json_object_new_object();

	json_put_number(o, "line", number);
	put_slice(o, "text", line, l->a);
	json_put_text(o, "why", why);
	json_object_array_add(json_member(l->o, "faults"), o);
}

static void add_line(struct lines *l, struct slice line, unsigned number)
{
	struct slice key, about, value;
	json_object *o, *list;
	struct setting x;

	if (!settings_split(line, &key, &about, &value) || !read_line(line, &x))
		return;
	if (x.why) {
		add_fault(l, line, number, x.why);
		return;
	}
	o = json_object_new_object();
	put_slice(o, "about", about, l->a);
	put_slice(o, "expect", value.n ? value : SLICE("set"), l->a);
	if (x.kind == SETTING_MUTE) {
		put_mute(o, &x, l->a);
		json_put_flag(o, "over", l->now >= x.until);
	}
	list = json_member(l->o, arena_strndup(l->a, key.p, key.n));
	if (about.n)
		json_object_array_add(list, o);
	else	/* of the same setting, the last line holds */
		json_object_object_add(l->o, arena_strndup(l->a, key.p, key.n), o);
}

json_object *view_settings(struct slice text, int64_t now, struct arena *a)
{
	static const char *const many[] = { "address", "gateway", "probe_to", "mute", "one_call",
		"faults" };
	static const char *const one[] = { "scan_every", "scan_on_change", "probe_every",
		"api_rate" };
	struct lines l = { json_object_new_object(), now, a };
	struct slice line;
	unsigned number = 0;

	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++)
		json_object_object_add(l.o, many[i], json_object_new_array());
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++)
		json_object_object_add(l.o, one[i], NULL);
	while (slice_line(&text, &line))
		add_line(&l, line, ++number);
	return l.o;
}

json_object *view_mute(const char *finding, const char *value, struct arena *a)
{
	const char *line = arena_printf(a, "mute = %s %s", finding, value);
	struct setting x;
	json_object *o;

	if (!read_line(slice_of(line), &x) || x.kind != SETTING_MUTE)
		return NULL;
	o = json_object_new_object();
	put_mute(o, &x, a);
	return o;
}
