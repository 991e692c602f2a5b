#ifndef HTTP_WORDS_H
#define HTTP_WORDS_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * The texts of the account's own pages: templates/words/en.json, an object of
 * texts by name. A translation is the same file in another language. A template
 * shows one as {{t.name}}; "{domain}" in it is filled by words_fill.
 */
struct words;

struct words *words_new(const char *templates_dir, struct err *e);
void words_free(struct words *w);

/* All of them, parsed anew: the caller's. */
json_object *words_all(const struct words *w);

struct words_value {
	const char *name, *value;	/* value NULL: as an empty text */
};

/* The text prefix_name with its values, ended by a NULL name; NULL: there is
 * none. */
const char *words_fill(struct arena *a, json_object *words, const char *prefix,
		       const char *name, const struct words_value *values);

#endif
