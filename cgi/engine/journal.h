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

/* The job whose line is the first, the others being its rows: its change object,
 * with counts of its rows as they stand now and, in "rows", those, oldest first.
 * NULL when there is no first line. */
json_object *journal_job(struct slice text);

/* Takes the rows of each job that is in the list out of it, counted in the job:
 * "done" are in force, "left" were not come to (yet). Changes that belong to no
 * job, or to one that is not in the list, stay. */
void journal_fold(json_object *all);

#endif
