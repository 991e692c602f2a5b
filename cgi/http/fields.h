#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/*
 * What a request says, as names and texts. A route's table says which names it
 * takes and what each must look like; a handler sees nothing else. Errors are
 * ERR_INPUT (ERR_LIMIT: too many, too long) and name the field.
 */
#define FIELDS_MAX	32
#define FIELD_NAME_MAX	64
#define FIELD_VALUE_MAX	1024
#define FIELD_LONG_MAX	(1u << 20)
#define FIELDS_LIST_MAX	1000

enum field_type {
	FIELD_DOMAIN,		/* lower-cased when it is checked */
	FIELD_ADDRESS,		/* of one host; canonical when it is checked */
	FIELD_MAILBOX,		/* what stands before its "@" */
	FIELD_MAIL,		/* name@domain, in plain form */
	FIELD_LOGIN,		/* the same, or an account */
	FIELD_ACCOUNT,		/* of the panel */
	FIELD_FINDING,		/* "check:subject" */
	FIELD_CHANGE,		/* a journal entry's id */
	FIELD_WORD,		/* [a-z0-9_]+ */
	FIELD_PATH,		/* words joined by "/": "v1/findings" */
	FIELD_SEVERITY,
	FIELD_NUMBER,		/* 1 … 1000000 */
	FIELD_FLAG,		/* true or false */
	FIELD_DIGEST,		/* 64 hex digits */
	FIELD_NONCE,
	FIELD_KEY,		/* of idempotency: 1–128 of [A-Za-z0-9._:-] */
	FIELD_TEXT,		/* one line */
	FIELD_LONG,		/* lines of text, at most FIELD_LONG_MAX bytes */
	FIELD_FINDINGS,		/* a list of findings: "name[]" in a form, as often
				 * as there are; an array in JSON */
	FIELD_PARAM,		/* the row's name ends with "." and is a prefix */
	NFIELD_TYPES
};

struct field {
	const char *name;	/* NULL ends a table */
	enum field_type type;
	bool required;
};

struct fields {
	struct arena *arena;
	/* The one name that may be FIELD_LONG_MAX long; NULL: none. Set before it is
	 * read. */
	const char *long_name;
	struct {
		const char *name, *value;
	} pair[FIELDS_MAX];
	size_t n;
	/* The one list that a request may have. */
	const char *list_name;	/* NULL: none came */
	const char **list;
	size_t nlist, cap_list;
};

#define FIELDS_INIT(arena_) { .arena = (arena_) }

/* application/x-www-form-urlencoded. A name that comes twice, a broken escape
 * or a NUL is an error. */
int fields_read_form(struct fields *f, struct slice text, struct err *e);
/* One JSON object of texts, numbers, booleans and one array of texts;
 * {"a":{"b":"c"}} is "a.b". */
int fields_read_json(struct fields *f, struct slice text, struct err *e);

enum fields_others { FIELDS_OTHERS_DROPPED, FIELDS_OTHERS_REFUSED };

/* Leaves in f only what the table names, empty values taken off, each of its
 * type. What else came is dropped (addresses: the panel adds to them) or
 * refused (bodies: a misspelt name must not go unnoticed). */
int fields_check(struct fields *f, const struct field *table,
		 enum fields_others others, struct err *e);

/* Takes out of f the one field that the row names: its value, or NULL. */
int fields_take(struct fields *f, const struct field *row, const char **value,
		struct err *e);

const char *fields_get(const struct fields *f, const char *name);	/* or NULL */
bool fields_flag(const struct fields *f, const char *name);	/* absent: false */
long fields_number(const struct fields *f, const char *name, long otherwise);
/* The list's texts, as an array that may be empty; the caller's. */
json_object *fields_list(const struct fields *f);
/* {"b":"c"} of every "a.b" where a is `prefix` with its dot; the caller's. */
json_object *fields_under(const struct fields *f, const char *prefix);

#endif
