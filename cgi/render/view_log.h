#ifndef RENDER_VIEW_LOG_H
#define RENDER_VIEW_LOG_H

#include <json-c/json.h>

#include "core/facts.h"

/*
 * What was refused or failed about the one domain looked at, day by day for
 * LOG_CHART_DAYS up to the last that the log has: {"from","to","count","days":[{"day",
 * "count","classes":[{"class","title","count"}]}]}; days without any are there too.
 * NULL: there is no log.
 */
json_object *view_rejections(const struct facts *f);

#endif
