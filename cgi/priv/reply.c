#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/utf8.h"
#include "priv/field.h"
#include "priv/reply.h"
#include "priv/valid.h"

/* The object with status, errors and data. */
static json_object *inner_of(json_object *top)
{
	json_object *o = json_member(top, "result");

	if (json_object_is_type(o, json_type_object))
		return o;
	o = json_member(json_member(top, "data"), "uapi");
	return json_object_is_type(o, json_type_object) ? o : top;
}

/* For one line of a page or a log: control bytes become blanks, what is no
 * UTF-8 (or was cut in the middle of a character) a question mark. */
static void tidy(char *s)
{
	for (size_t n; *s; s += n ? n : 1) {
		n = utf8_length(slice_of(s));
		if (!n)
			*s = '?';
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
	}
}

/* The first text in a member that may be a list, a text or null. */
static const char *first_text(json_object *o, const char *key)
{
	json_object *v = json_member(o, key);

	if (json_count(v))
		v = json_object_array_get_idx(v, 0);
	return json_object_is_type(v, json_type_string) &&
		*json_object_get_string(v) ? json_object_get_string(v) : NULL;
}

static void explain(struct reply *r, json_object *top, json_object *inner)
{
	json_object *data = json_member(inner, "data");
	const char *const words[] = {
		first_text(inner, "errors"),
		first_text(data, "statusmsg"),
		first_text(json_member(top, "metadata"), "reason"),
		first_text(inner, "messages"),
		first_text(top, "error"),
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (words[i]) {
			snprintf(r->why, sizeof(r->why), "%s", words[i]);
			tidy(r->why);
			return;
		}
	}
	field_set(r, why, "it gives no reason");
}

static bool has_errors(json_object *inner)
{
	return json_count(json_member(inner, "errors")) || first_text(inner, "errors");
}

/* Outer, inner and data status: one that says no is enough. */
static enum reply_verdict judge(enum reply_kind kind, json_object *top,
				json_object *inner)
{
	json_object *data = json_member(inner, "data");
	int outer = json_flag(json_member(top, "metadata"), "result");
	int status = json_flag(inner, "status");
	int third = kind == REPLY_SET ? json_flag(data, "status") : 1;

	if (kind == REPLY_WHM || kind == REPLY_HULK)
		return outer == 1 ? REPLY_OK : outer == 0 ? REPLY_REFUSED : REPLY_UNCLEAR;
	if (outer == 0 || status == 0 || third == 0 || has_errors(inner))
		return REPLY_REFUSED;
	return status == 1 && third == 1 ? REPLY_OK : REPLY_UNCLEAR;
}

static void take_word(char out[16], json_object *row, const char *key)
{
	const char *s = json_text(row, key);

	if (s && valid_mxcheck(s))
		snprintf(out, 16, "%s", s);
}

static void take_routing(struct reply *r, json_object *rows, const char *domain)
{
	for (size_t i = 0; i < json_count(rows) && !r->listed; i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		const char *name = json_text(row, "domain");

		if (!name || strcasecmp(name, domain))
			continue;
		r->listed = 1;
		take_word(r->mxcheck, row, "mxcheck");
		take_word(r->detected, row, "detected");
	}
}

/* Rows {"ip":…}, texts, or an object with the addresses as its names. */
static bool has_address(json_object *rows, const struct ip *wanted)
{
	struct ip ip;

	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		const char *s = json_object_is_type(row, json_type_string) ?
			json_object_get_string(row) : json_text(row, "ip");

		if (s && ip_parse(&ip, s) && ip_equal(&ip, wanted))
			return true;
	}
	if (!json_object_is_type(rows, json_type_object))
		return false;
	json_object_object_foreach(rows, key, ignored) {
		(void)ignored;
		if (ip_parse(&ip, key) && ip_equal(&ip, wanted))
			return true;
	}
	return false;
}

static void take_hulk(struct reply *r, json_object *data, const char *address)
{
	static const char *const keys[] = { "brutes", "excessive_brutes", "ips_in_list" };
	struct ip ip;

	for (size_t i = 0; ip_parse(&ip, address) && i < sizeof(keys) / sizeof(*keys); i++)
		r->listed |= has_address(json_member(data, keys[i]), &ip);
}

/* status alone says it on some releases (data null), data on others. */
static void take_feature(struct reply *r, json_object *inner)
{
	if (json_member(inner, "data") && json_flag(inner, "data") != 1) {
		r->verdict = REPLY_REFUSED;
		field_set(r, why, "the feature is off");
	}
}

void reply_parse(enum reply_kind kind, const char *domain, const char *text,
		 size_t n, struct reply *r)
{
	struct err e = { .text = "" };
	json_object *top, *inner;

	memset(r, 0, sizeof(*r));
	top = json_read(text, n, "the reply", &e);
	if (!top) {
		field_set(r, why, "%.200s", e.text);
		return;
	}
	inner = inner_of(top);
	r->verdict = (int32_t)judge(kind, top, inner);
	if (r->verdict != REPLY_OK)
		explain(r, top, inner);
	else if (kind == REPLY_ROUTING)
		take_routing(r, json_member(inner, "data"), domain);
	else if (kind == REPLY_FEATURE)
		take_feature(r, inner);
	else if (kind == REPLY_HULK)
		take_hulk(r, json_member(top, "data"), domain);
	else if (kind == REPLY_FILTERS)
		reply_take_filters(r, json_member(inner, "data"), domain);
	else if (kind == REPLY_ZONE)
		reply_take_zone(r, json_member(inner, "data"), domain);
	json_object_put(top);
}
