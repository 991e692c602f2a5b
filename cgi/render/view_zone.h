#ifndef RENDER_VIEW_ZONE_H
#define RENDER_VIEW_ZONE_H

#include <json-c/json.h>

#include "core/zone.h"

/* What the keepers of a domain's zone said; NULL: nobody was asked. */
json_object *view_zone(const struct zone *z);

#endif
