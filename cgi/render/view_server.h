#ifndef RENDER_VIEW_SERVER_H
#define RENDER_VIEW_SERVER_H

#include <json-c/json.h>

#include "core/facts.h"

/*
 * Who gets in and out by the rules of the packet filter, to compare before and
 * after a change of it: {"in":[{"port","family","from","verdict"}],
 * "out":[{"user","port","family","verdict"}]}. from is the address that was asked
 * about, or "anyone"; the users are root and the account that was asked about. Both may
 * be NULL.
 */
json_object *view_server(const struct facts *f, const struct ip *from,
			 const char *account);

#endif
