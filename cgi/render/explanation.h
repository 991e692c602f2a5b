#ifndef RENDER_EXPLANATION_H
#define RENDER_EXPLANATION_H

#include <json-c/json.h>

#include "mail/explanation.h"

/*
 * {"class","rule","who","title","text","evidence":[{"source","text"}…],
 * "steps":[…],"fix":null,"read":{…}}. evidence is what the text itself says;
 * what this server knows about it is added by whoever asks it. read has the
 * parts: form, side, reporting_host, remote_host, recipient, sender, client,
 * login, message, time; null where the text does not say.
 */
json_object *explanation_json(const struct explanation *x);

#endif
