#ifndef SOURCES_WHM_REPLY_H
#define SOURCES_WHM_REPLY_H

#include <json-c/json.h>

#include "base/err.h"
#include "base/text.h"

/*
 * Replies of WHM API 1 as servers really send them: success is metadata.result
 * 1, "1" or true; the content type says nothing, so it is not asked; a page
 * instead of JSON is a login that was not accepted. `what` names the call in
 * errors. Source: cPanel's API documentation; quirks as other clients recorded
 * them.
 */

/* The whole reply, success or not: the caller's. NULL with e: it is none. */
json_object *whm_reply_read(struct slice text, const char *what, struct err *e);

/* 0 when the call succeeded. ERR_DENIED: the login may not call it;
 * ERR_NOT_FOUND: this server is too old for it. */
int whm_reply_check(json_object *reply, const char *what, struct err *e);

/* The parts of a batch's reply, one for each of its n calls and in their order:
 * an array that lives as long as reply. The whole may be called a failure where
 * only a part is one. NULL with e: there are not n parts. */
json_object *whm_reply_batch(json_object *reply, size_t n, struct err *e);

/* The UAPI object in the reply of uapi_cpanel, when both the call and what it
 * called succeeded. NULL with e. */
json_object *whm_reply_uapi(json_object *part, const char *what, struct err *e);

/* The least version of cPanel & WHM that has all we call: uapi_cpanel is of 86
 * (API documentation). 0 when text is no version; "11.86.0.1" is 86. */
#define WHM_VERSION_MIN 86
unsigned whm_version(const char *text);

#endif
