#ifndef ENGINE_CHANGE_H
#define ENGINE_CHANGE_H

#include <json-c/json.h>

#include "base/err.h"
#include "priv/client.h"

/*
 * A change from preview to undo, the same for the page, the API and the
 * command line. The priv_client is opened and identified by the caller
 * (as_ticket, as_user; root's command line needs neither). Objects given back
 * are the caller's. Nothing is cached: every step reads the server anew.
 */

/* The very operations, why they are safe or not, and what must be typed. from is
 * the address that whoever asks is known to sit at, or NULL. */
int change_preview(const char *finding, json_object *params, const char *from,
		   json_object **plan, struct err *e);

/* The same by c, which an account is known to speak through (priv/client.h). */
int change_preview_as(struct priv_client *c, const char *finding, json_object *params,
		      const char *from, json_object **plan, struct err *e);

/*
 * Plans anew and refuses (ERR_STALE) when the digest is not the preview's, or
 * (ERR_INPUT) when the plan asks for a word and `typed` is not it. Then: the
 * helper's verb, the server read again, and the check decides: the finding is
 * gone → kept; still there → undone, and the error says so. *change tells it
 * with the proof of both sides. A client that is not open (root needs no proof)
 * is opened when there is something to ask: the helper waits 10 s for a word,
 * and a plan may take longer.
 */
int change_apply(struct priv_client *c, const char *finding, json_object *params,
		 const char *from, const char *digest, const char *typed, json_object **change,
		 struct err *e);

/* Refused (ERR_STALE) when the server no longer has what the change left. A job
 * over many ("job" in its entry) is undone by bulk.h. */
int change_undo(struct priv_client *c, const char *id, json_object **change,
		struct err *e);

/* The journal's entry of this id; NULL with e. */
json_object *change_entry(struct priv_client *c, const char *id, struct err *e);
/* All journal entries, newest first, as an array. */
int change_list(struct priv_client *c, json_object **changes, struct err *e);

#endif
