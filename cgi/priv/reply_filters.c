#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "priv/reply.h"
#include "priv/valid.h"

#define CONTENT_MAX (1u << 20)

static bool delivers_to(json_object *row, const char *to)
{
	json_object *actions = json_member(row, "actions");

	for (size_t i = 0; i < json_count(actions); i++) {
		json_object *o = json_object_array_get_idx(actions, i);
		const char *act = json_text(o, "action"), *dest = json_text(o, "dest");

		if (act && dest && !strcasecmp(act, "deliver") && !strcasecmp(dest, to))
			return true;
	}
	return false;
}

/* Numbers come as texts, too, and null for what is empty. */
static void add_scalar(struct buf *b, json_object *v)
{
	const char *s = v ? json_object_get_string(v) : "";

	buf_add(b, s, json_object_is_type(v, json_type_string) ?
		(size_t)json_object_get_string_len(v) : strlen(s));
	buf_add(b, "", 1);
}

static int32_t is_enabled(json_object *row)
{
	if (json_is(row, "enabled", "true") || json_is(row, "enabled", "false"))
		return json_is(row, "enabled", "true");
	return json_flag(row, "enabled");
}

static void add_list(struct buf *b, json_object *list, const char *const keys[])
{
	for (size_t i = 0; i < json_count(list); i++)
		for (size_t k = 0; keys[k]; k++)
			add_scalar(b, json_member(json_object_array_get_idx(list, i), keys[k]));
	buf_add(b, "", 1);
}

/* Whether it is enabled is left out: everything else is to be as it was. */
static bool digest(json_object *row, uint32_t out[SHA256_WORDS])
{
	static const char *const rule[] = { "part", "match", "val", "opt", NULL };
	static const char *const action[] = { "action", "dest", NULL };
	struct buf b = BUF_INIT(CONTENT_MAX);
	bool whole;

	add_scalar(&b, json_member(row, "filtername"));
	add_list(&b, json_member(row, "rules"), rule);
	add_list(&b, json_member(row, "actions"), action);
	whole = !b.full && b.len;
	if (whole)
		sha256(b.data, b.len, out);
	buf_free(&b);
	return whole;
}

void reply_take_filters(struct reply *r, json_object *rows, const char *to)
{
	struct reply_filter *x = &r->filter;

	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		const char *name = json_text(row, "filtername");

		if (!delivers_to(row, to))
			continue;
		x->n++;
		x->enabled = is_enabled(row);
		memset(x->name, 0, sizeof(x->name));
		if (name && valid_filter_name(name) && digest(row, x->content))
			memcpy(x->name, name, strlen(name));
	}
	r->listed = x->n == 1;
}
