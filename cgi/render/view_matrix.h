#ifndef RENDER_VIEW_MATRIX_H
#define RENDER_VIEW_MATRIX_H

#include <json-c/json.h>

#include "mail/port_verdict.h"

/*
 * Ports × direction × user × family, one row a port and family, each cell with
 * what it rests on. The caller's; strings of an arena are made in a. f has ports
 * with the last probe, the firewall's rules and the users.
 *
 * {"account","probed_at","has_ipv6","rows":[{"port","family","cells":[
 *   {"way":"in|out","user":"clients|root|exim|nobody|account",
 *    "state":"open|shut|unknown|not asked|none","verdict","why",
 *    "evidence":[{"source","text"}]}]}]}
 *
 * A rule of this server's own that keeps a connection in is proof enough; that
 * none does is not: what stands in front of the server only a connection tells,
 * and of connections that come in not even that.
 */
json_object *view_matrix(const struct facts *f, struct arena *a);

#endif
