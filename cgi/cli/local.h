#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"

/* Where a command's answer comes from: --root, --world, or (both NULL) this
 * server through its scan service. */
struct place {
	const char *root, *world, *resolver;
};

/*
 * The answer to a request (engine/ask.h) from that place. A directory is read
 * by this very process; when it is root, it gives root up for good once the
 * files are open and before anything in them is parsed. progress: talk on
 * stderr.
 */
int place_ask(const struct place *p, json_object *request, bool progress,
	      json_object **result, struct err *e);

/* What is read next was written by strangers: root is given up for good. */
int give_up_root(struct err *e);

/* EXIT_BLIND, EXIT_FOUND or EXIT_FINE, by what a scan or a look has found. */
int place_status(json_object *result);

#endif
