#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include <json-c/json.h>

#include "base/text.h"

/*
 * The helper's journal as it hands it out (one entry a line, key=value pairs
 * with percent-encoded values, apart by single blanks) as an array of change
 * objects, newest first. A line that is none of that is left out.
 */
json_object *journal_view(struct slice text);

#endif
