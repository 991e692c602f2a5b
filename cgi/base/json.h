#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * JSON that somebody else wrote: nesting at most JSON_DEPTH, the whole text one
 * value. The getters take what panels really send (a number as a string, a
 * flag as 1, "1" or true, null for an empty list) and never fail: a missing or
 * unfitting member is NULL, -1 or an empty list. Pointers live as long as o.
 */
#define JSON_DEPTH 32

/* The caller's object (json_object_put), or NULL with e. `what` names it. */
json_object *json_read(const char *text, size_t n, const char *what,
		       struct err *e);
json_object *json_member(json_object *o, const char *key);	/* or NULL */
const char *json_text(json_object *o, const char *key);		/* or NULL */
int64_t json_number(json_object *o, const char *key, int64_t otherwise);
int json_flag(json_object *o, const char *key);	/* 1, 0; -1: absent */
bool json_is(json_object *o, const char *key, const char *text);	/* absent: never */
size_t json_count(json_object *array);		/* 0 unless an array */

/* Building: NULL becomes null; bytes that are not well-formed UTF-8 (RFC 3629)
 * become \xHH, so that what we print is always JSON. */
json_object *json_new_text(const char *s);
void json_put_text(json_object *o, const char *key, const char *value);
void json_put_number(json_object *o, const char *key, int64_t value);
void json_put_flag(json_object *o, const char *key, int value);

/* A long list as its text: a member as an object takes kilobytes, and as text what
 * it says. It is there to be printed with what it is put into; who wants to look at
 * the members reads what was printed. */
struct json_list { struct buf text; };

#define JSON_LIST_INIT { BUF_INIT(JSON_LIST_MAX) }
#define JSON_LIST_MAX ((size_t)1 << 30)		/* bytes; a longer one ends the process */

void json_list_add(struct json_list *l, json_object *member);	/* takes it over */
struct buf *json_list_next(struct json_list *l);	/* to write a member to (base/json_write.h) */
void json_list_join(struct json_list *l, struct json_list *more);	/* takes more over */
json_object *json_list_end(struct json_list *l);	/* leaves l empty */

#endif
