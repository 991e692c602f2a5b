#ifndef ENGINE_BULK_H
#define ENGINE_BULK_H

#include <json-c/json.h>

#include "base/err.h"
#include "priv/client.h"

/*
 * The fix of many findings as one job of the helper's, from preview to undo.
 * The priv_client is opened and identified by the caller, as in change.h.
 * Objects given back are the caller's; progress as in ask.h.
 */

/*
 * {"rows":[plan…],"left_out":[{finding,name,why}…],"whole","digest",…} for an array
 * of finding ids: each row with its operation, each finding that is not in it with
 * the reason. Not whole is what cPanel or Exim did not answer for. ERR_LIMIT: more
 * than a bulk takes.
 */
int bulk_preview(json_object *findings, void (*progress)(void *ctx, json_object *o),
		 void *ctx, json_object **plan, struct err *e);

/*
 * Plans anew. ERR_STALE, with *plan the new preview, when it is not what the
 * digest agreed to; otherwise hands the rows over and gives the job's id: the
 * helper goes on whatever becomes of the caller. *plan is NULL or the caller's.
 * A client that is not open is opened then, as in change_apply.
 */
int bulk_apply(struct priv_client *c, json_object *findings, const char *digest,
	       void (*progress)(void *ctx, json_object *o), void *ctx,
	       char job[32], json_object **plan, struct err *e);

/* Begins to undo the rows of the job that stand. */
int bulk_undo(struct priv_client *c, const char *job, struct err *e);
int bulk_stop(struct priv_client *c, const char *job, struct err *e);
/* The job as it stands, see journal_job. */
int bulk_job(struct priv_client *c, const char *job, json_object **out,
	     struct err *e);

/* The findings about the domains of this job's rows, all read now, as a findings
 * object; and their names, an array. */
int bulk_look(json_object *job, json_object **names, json_object **findings,
	      struct err *e);
/* Puts into each row that was done the text of a finding about its domain that
 * still has a fix ("still"; null: none), and their number into the job. */
void bulk_mark(json_object *job, json_object *findings);

#endif
