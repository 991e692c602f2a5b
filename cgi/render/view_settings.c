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

static void add_fault(json_object *all, const struct setting *x, struct arena *a)
{
	json_object *o = json_object_new_object();

	json_put_number(o, "line", x->line);
	put_slice(o, "text", x->text, a);
	json_put_text(o, "why", x->why);
	json_object_array_add(json_member(all, "faults"), o);
}

static void add_setting(json_object *all, const struct setting *x, int64_t now, struct arena *a)
{
	const char *key = arena_strndup(a, x->key.p, x->key.n);
	json_object *o = json_object_new_object();

	put_slice(o, "about", x->about, a);
	put_slice(o, "expect", x->value.n ? x->value : SLICE("set"), a);
	if (x->kind == SETTING_MUTE) {
		put_mute(o, x, a);
		json_put_flag(o, "over", now >= x->until);
	}
	if (x->about.n)
		json_object_array_add(json_member(all, key), o);
	else	/* of the same setting, the last line holds */
		json_object_object_add(all, key, o);
}

json_object *view_settings(struct slice text, int64_t now, struct arena *a)
{
	static const char *const many[] = { "address", "gateway", "probe_to", "mute", "one_call",
		"faults" };
	static const char *const one[] = { "scan_every", "scan_on_change", "probe_every",
		"api_rate" };
	json_object *all = json_object_new_object();
	struct settings s;
	struct setting x;

	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++)
		json_object_object_add(all, many[i], json_object_new_array());
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++)
		json_object_object_add(all, one[i], NULL);
	settings_init(&s, text);
	while (settings_next(&s, &x))
		if (x.why)
			add_fault(all, &x, a);
		else
			add_setting(all, &x, now, a);
	return all;
}

json_object *view_mute(const char *finding, const char *value, struct arena *a)
{
	const char *line = arena_printf(a, "mute = %s %s", finding, value);
	struct settings s;
	struct setting x;
	json_object *o;

	settings_init(&s, slice_of(line));
	if (!settings_next(&s, &x) || x.kind != SETTING_MUTE)
		return NULL;
	o = json_object_new_object();
	put_mute(o, &x, a);
	return o;
}
