#ifndef RENDER_VIEW_PATH_H
#define RENDER_VIEW_PATH_H

#include <json-c/json.h>
#include <stdio.h>

#include "core/facts.h"

/* {"address", "homes_why", "steps": [{"depth","kind","text","file","line","end",
 * "last_used"}]}: where mail for
 * an address goes by the lines of this server (mail/forward_path.h). NULL: they are not
 * known, or that is no address. */
json_object *view_path(const struct facts *f, const char *address);

/* The same as a tree in text. */
void text_path(FILE *out, json_object *path);

#endif
