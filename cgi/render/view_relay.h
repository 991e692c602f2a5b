#ifndef RENDER_VIEW_RELAY_H
#define RENDER_VIEW_RELAY_H

#include <json-c/json.h>

#include "mail/relay.h"

/*
 * What Exim would tell a client, the caller's:
 *
 * {"schema","client","user","port","server","sender","accepted",
 *  "recipients":[{"address","verdict":"accepted|refused|deferred","stage","code",
 *    "reply","because":"login|address|domain"|null,
 *    "decided_by":{"acl","verb","file","line","asks","list"}|null}],
 *  "limits":[{"id","text"}],"never":TEXT}
 *
 * accepted: each recipient is. limits: what of this very case a test session cannot
 * tell; never: what none can.
 */
json_object *view_relay(const struct relay_wish *wish, const struct relay_answer *x);

#endif
