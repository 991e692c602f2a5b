#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include <json-c/json.h>

#define DIGEST_TEXT 65	/* SHA-256 in hex, and a NUL */

/* What a person agreed to when they saw a preview: the finding, every
 * operation with its expected and new value, and the word asked for. */
const char *digest_of_plan(char out[DIGEST_TEXT], json_object *plan);
/* The same of many: of an array of plans. */
const char *digest_of_plans(char out[DIGEST_TEXT], json_object *plans);

#endif
