#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <json-c/json.h>

#include "base/err.h"
#include "base/text.h"
#include "sources/world.h"

/*
 * A request in the words of engine/ask.h answered from a world. *result is the
 * caller's; its member "blind" tells that the domain lists or all DNS could not
 * be read. progress gets objects it must not keep.
 */
int answer_request(struct world *w, json_object *request,
		   void (*progress)(void *ctx, json_object *o), void *ctx,
		   json_object **result, struct err *e);

/* The text that a request wants explained, within its limits; it may hold any byte, and
 * lives as long as the request. */
int request_text(json_object *request, struct slice *out, struct err *e);

#endif
