#ifndef ENGINE_ASK_H
#define ENGINE_ASK_H

#include <json-c/json.h>

#include "base/err.h"

/*
 * Asks the scan service, which runs under an account of its own because it
 * reads what strangers write. One connection, one request; progress(ctx, o) is
 * called for each progress object while it works (NULL: not wanted). On success
 * *result is the caller's (json_object_put). Answers are limited in size and
 * depth; a service that says nothing for 120 s is given up.
 *
 * Requests:
 *	{"op":"scan"}				the findings object
 *	{"op":"scan","domains":[…],"checks":[…],"only":[…]}
 *	{"op":"scan","fresh":true}		DNS is asked everything
 *	{"op":"domain","name":D}		{"domain":{…},"findings":[…]}
 *	{"op":"domain","name":D,"address":A}	the same, Exim's route of A, and "path"
 *						(render/view_path.h)
 *	{"op":"domain","name":D,"map":true}	the same, and "map" (view_map)
 *	{"op":"domain","name":D,"mailbox":M}	the same and "setup", or null and "setup_why"
 *	{"op":"setup","name":D,"mailbox":M}	render/view_setup.h
 *	{"op":"address","ip":IP}		{"address":{…},"findings":[…]}
 *	{"op":"server","account":A,"from":IP}	{"server":{…},"findings":[…]}
 *	{"op":"listener","name":"25/IPv4"}	{"listener":{…}|null,"findings":[…]}
 *	{"op":"plan","finding":ID,"params":{…},"from":IP}	the plan object
 *	{"op":"bulk","findings":[ID…]}		{"rows":[…],"left_out":[…],"whole"}
 *	{"op":"ports","port":N}			our own mail ports (render/view_ports.h)
 *	{"op":"ports","matrix":true}		the same with the last probe, and "matrix"
 *						(render/view_matrix.h)
 *	{"op":"probe","hosts":[…],"account":A,"port":N}	the same, after a new probe
 *	{"op":"relay","ip":IP,"auth":U,"port":N,"from":A,"to":[B…]}	render/view_relay.h
 *	{"op":"explain","text":T}			render/explanation.h
 *	{"op":"explain","text":T,"reseller":R}	the same, of the domains that R owns alone
 *	{"op":"record"}				{"files":{…},…}: a recording
 *	{"op":"mine","account":A}		nothing yet: one more request follows on the
 *						same connection, and is answered for the
 *						objects of this account alone (cli/answer_mine.h)
 */
int scan_ask(json_object *request, void (*progress)(void *ctx, json_object *o),
	     void *ctx, json_object **result, struct err *e);

/* The same on a connection that stands (and is closed): what is left to ask. */
int scan_ask_on(int s, json_object *request, json_object **result, struct err *e);

#endif
