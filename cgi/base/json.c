#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "base/utf8.h"

static bool only_blanks(const char *p, size_t n)
{
	while (n && strchr(" \t\r\n", *p) && *p)
		p++, n--;
	return n == 0;
}

json_object *json_read(const char *text, size_t n, const char *what,
		       struct err *e)
{
	struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH);
	enum json_tokener_error why;
	json_object *o = NULL;
	size_t end;

	if (!t)
		abort();
	if (n > INT_MAX) {
		err_set(e, ERR_LIMIT, "%s: too large", what);
		goto out;
	}
	o = json_tokener_parse_ex(t, text, (int)n);
	why = json_tokener_get_error(t);
	end = json_tokener_get_parse_end(t);
	if (why == json_tokener_success && o && only_blanks(text + end, n - end))
		goto out;
	err_set(e, ERR_UNAVAILABLE, "%s: not one JSON value (%s)", what,
		json_tokener_error_desc(why));
	json_object_put(o);
	o = NULL;
out:
	json_tokener_free(t);
	return o;
}

json_object *json_member(json_object *o, const char *key)
{
	json_object *v = NULL;

	if (json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, key, &v);
	return v;
}

const char *json_text(json_object *o, const char *key)
{
	json_object *v = json_member(o, key);

	return json_object_is_type(v, json_type_string) ?
		json_object_get_string(v) : NULL;
}

int64_t json_number(json_object *o, const char *key, int64_t otherwise)
{
	json_object *v = json_member(o, key);
	uint64_t u;

	switch (json_object_get_type(v)) {
	case json_type_int:
	case json_type_boolean:
	case json_type_double:
		return json_object_get_int64(v);
	case json_type_string:
		return slice_uint(slice_of(json_object_get_string(v)),
				  INT64_MAX, &u) ? (int64_t)u : otherwise;
	default:
		return otherwise;
	}
}

int json_flag(json_object *o, const char *key)
{
	int64_t v = json_number(o, key, -1);

	return v < 0 ? -1 : v != 0;
}

bool json_is(json_object *o, const char *key, const char *text)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, text);
}

size_t json_count(json_object *array)
{
	return json_object_is_type(array, json_type_array) ?
		json_object_array_length(array) : 0;
}

static const char *first_bad(const char *s)
{
	struct slice rest = slice_of(s);
	size_t n;

	for (; rest.n; rest.p += n, rest.n -= n) {
		n = (unsigned char)*rest.p < 0x80 ? 1 : utf8_length(rest);
		if (!n)
			return rest.p;
	}
	return NULL;
}

json_object *json_new_text(const char *s)
{
	struct buf b = BUF_INIT(64u << 20);
	struct slice rest;
	json_object *o;
	size_t n;

	if (!first_bad(s))
		return json_object_new_string(s);
	for (rest = slice_of(s); rest.n; rest.p += n, rest.n -= n) {
		n = utf8_length(rest);
		if (n) {
			buf_add(&b, rest.p, n);
			continue;
		}
		buf_printf(&b, "\\x%02X", (unsigned char)*rest.p);
		n = 1;
	}
	o = json_object_new_string(b.data);
	buf_free(&b);
	return o;
}

void json_put_text(json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value ? json_new_text(value) : NULL);
}

void json_put_number(json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

void json_put_flag(json_object *o, const char *key, int value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

/* ---- lists as text -------------------------------------------------------- */

struct buf *json_list_next(struct json_list *l)
{
	if (!l->text.len)
		json_write_open(&l->text, NULL, '[');
	return &l->text;
}

void json_list_add(struct json_list *l, json_object *member)
{
	if (buf_puts(&l->text, l->text.len ? "," : "[") ||
	    buf_puts(&l->text, json_object_to_json_string_ext(member,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)))
		abort();
	json_object_put(member);
}

void json_list_join(struct json_list *l, struct json_list *more)
{
	if (more->text.len && (buf_puts(&l->text, l->text.len ? "," : "[") ||
			       buf_add(&l->text, more->text.data + 1, more->text.len - 1)))
		abort();
	buf_free(&more->text);
}

static int print_list(json_object *o, struct printbuf *to, int level, int flags)
{
	const struct buf *text = json_object_get_userdata(o);

	(void)level;
	(void)flags;
	return printbuf_memappend(to, text->data, (int)text->len);
}

static void free_list(json_object *o, void *userdata)
{
	(void)o;
	buf_free(userdata);
	free(userdata);
}

json_object *json_list_end(struct json_list *l)
{
	json_object *o = json_object_new_array();
	struct buf *text = malloc(sizeof(*text));

	if (!text)
		abort();
	*text = l->text;
	buf_puts(text, text->len ? "]" : "[]");
	json_object_set_serializer(o, print_list, text, free_list);
	*l = (struct json_list)JSON_LIST_INIT;
	return o;
}
