#ifndef RENDER_EXPLANATION_H
#define RENDER_EXPLANATION_H

#include <json-c/json.h>

#include "mail/explanation_here.h"

/*
 * {"class","rule","who","title","text","evidence":[{"source","text"}…],
 * "steps":[…],"fix":{"id","finding"}|null,"finding":ID|null,"here":{"asked","missing":[…]},
 * "read":{…}}. evidence: what the text itself says, then what this server knows;
 * missing: what could not be looked up here, and why. finding: what was found on this
 * server that explains it. read has the parts: form, side, reporting_host, remote_host,
 * recipient, sender, client, login, message, time; null where the text does not say.
 *
 * here NULL: no server was looked at, for the reason in why.
 */
json_object *explanation_json(const struct explanation *x,
			      const struct explanation_here *here, const char *why);

#endif
