#ifndef RENDER_VIEW_PORTS_H
#define RENDER_VIEW_PORTS_H

#include <json-c/json.h>

#include "mail/port_verdict.h"

/*
 * Mail's ports as one JSON object: ports × direction × user × family, each cell
 * with its verdict and the reason. The caller's.
 *
 * {"schema","server","at",
 *  "in":  [{"port","family","verdict","why","wanted_by","address","program",…}],
 *  "out": {"at","account","hosts":[…],"cells":[{"user","port","family",
 *           "verdict","owner_rule","why","by"}],"tries":[…]} or null,
 *  "log": [{"family","verdict","delivered","last_delivered",…}]}
 *
 * port: of our own ports that one alone; 0: all of them. Strings of an arena
 * are made in a.
 */
json_object *view_ports(const struct facts *f, unsigned port, struct arena *a);

/* One of our own ports alone, as a row of "in"; NULL: it is not among them. */
json_object *view_listener(const struct facts *f, unsigned port, int family);

/* Something in it is shut that ought to be open: one of our own ports does not
 * answer, or Exim cannot connect to port 25 of others. */
bool view_ports_shut(json_object *ports);

/* Another server's ports, as connections from here found them: rows of "address",
 * "port", "verdict" (mail/outside.h) and "why". */
json_object *view_outside(const struct facts *f);

#endif
