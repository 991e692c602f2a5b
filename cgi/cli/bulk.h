#ifndef CLI_BULK_H
#define CLI_BULK_H

#include <json-c/json.h>
#include <stdbool.h>

/* The fix of several findings: preview, or the job with its progress on stderr.
 * The exit status. */
int bulk_fix(json_object *findings, bool apply, bool json);

/* Follows this job until it has ended (an interrupt stops it between two rows),
 * looks at its domains again and tells. The exit status. */
int bulk_follow(const char *job, bool json);

#endif
