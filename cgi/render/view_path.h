#ifndef RENDER_VIEW_PATH_H
#define RENDER_VIEW_PATH_H

#include <json-c/json.h>
#include <stdio.h>

#include "core/facts.h"

/* {"address", "homes_why", "steps": [{"depth","kind","text","file","line","end",
 * "last_used"}], "differs": [sentence…]}: where mail for an address goes by the lines of this
 * server (mail/forward_path.h), and where that is not what Exim says (mail/forward_differ.h); bt:
 * what -bt printed of this address, or NULL. NULL: they are not known, or that is no address. */
json_object *view_path(const struct facts *f, const char *address, const char *bt);

/* {"left", "homes_why", "steps": […]}: the same of all addresses of a domain that lead
 * somewhere, one tree after another; "left" more are not told. NULL: they are not known. */
json_object *view_map(const struct facts *f, const char *domain);

/* The same as trees in text; nothing where none leads on. */
void text_path(FILE *out, json_object *path);
void text_map(FILE *out, json_object *map);

#endif
