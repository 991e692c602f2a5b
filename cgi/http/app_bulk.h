#ifndef HTTP_APP_BULK_H
#define HTTP_APP_BULK_H

#include <json-c/json.h>

#include "http/request.h"
#include "http/snapshot.h"
#include "priv/client.h"

/*
 * What takes longer than a request may: the look at many domains before their
 * fix is previewed or begun, and the look at them after their job has ended,
 * which goes to the store. In threads of the admin front, one piece of work a
 * login and door at a time, the newest kept; nothing of it survives the front
 * but the job, which is the helper's.
 */
struct app_bulk;

struct app_bulk *app_bulk_new(struct snapshot_store *store);
void app_bulk_free(struct app_bulk *b);	/* waits for what is at work */

struct bulk_who {
	enum door door;
	const char *login;
};

/*
 * Begins, or joins when the same is at work or was done a moment ago, and waits
 * for at most so long. The work as it then is: {"state":"planning|applying|
 * ready|begun|failed","phase","done","total","plan","job","error"}, "plan" being
 * the preview and "job" the id of what has begun. -1: it failed (a "failed" work
 * with a new "plan" can still be seen), or this login has other work going on
 * (ERR_STALE), or too many have (ERR_UNAVAILABLE).
 */
int app_bulk_plan(struct app_bulk *b, const struct bulk_who *who,
		  json_object *findings, int wait_ms, json_object **work,
		  struct err *e);
/* The helper's connection c, identified, is taken over. */
int app_bulk_apply(struct app_bulk *b, const struct bulk_who *who,
		   struct priv_client *c, json_object *findings,
		   const char *digest, int wait_ms, json_object **work,
		   struct err *e);
/* The newest work of this login; NULL: none. */
json_object *app_bulk_view(struct app_bulk *b, const struct bulk_who *who);

/* When this job has ended, its domains are read again. */
void app_bulk_watch(struct app_bulk *b, const char *job);
/* The findings about a job's domains as they were read after its end; NULL: they
 * were not read yet, or that is too long ago. */
json_object *app_bulk_seen(struct app_bulk *b, const char *job);

#endif
