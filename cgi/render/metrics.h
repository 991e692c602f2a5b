#ifndef RENDER_METRICS_H
#define RENDER_METRICS_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/buf.h"
#include "core/finding.h"

/*
 * The last scan as OpenMetrics 1.0 text (Prometheus, the node exporter's textfile
 * collector): few series however many domains a server has. A check without a
 * finding has none; the sums by severity are always there. Who scrapes knows the
 * server by its address, so no series names it.
 */
#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct metrics {
	unsigned (*n)[SEV_INFO + 1];	/* by place in all_checks */
};

void metrics_init(struct metrics *m, struct arena *a);
/* A finding: its id, or its check's. One of a check that there is not counts not. */
void metrics_count(struct metrics *m, const char *id, enum severity s);
/* scan: a findings object (render/view.h), for all but its findings. */
void metrics_print(const struct metrics *m, json_object *scan, struct buf *out);

#endif
