#ifndef HTTP_APP_SCAN_H
#define HTTP_APP_SCAN_H

#include <json-c/json.h>
#include <stdbool.h>

#include "http/snapshot.h"

/*
 * The scan that runs in the background of the admin front, one at a time. Its
 * result goes to the store.
 */
struct app_scan;

struct app_scan *app_scan_new(struct snapshot_store *store);
void app_scan_free(struct app_scan *s);	/* while none is running */
/* fresh: DNS is asked everything, whatever still holds. ERR_STALE when one is
 * running already. */
int app_scan_start(struct app_scan *s, bool fresh, struct err *e);
/*
 * {"state":"idle|running|failed","phase","done","total","critical","warning",
 * "findings","started_at","error"}: the caller's. Numbers are null before they are
 * known, and so is "findings": [{"id","severity","text"}], the worst of what a
 * first look has found while the scan runs. What was found is told to all = true
 * only: it concerns every account.
 */
json_object *app_scan_view(struct app_scan *s, bool all);

#endif
