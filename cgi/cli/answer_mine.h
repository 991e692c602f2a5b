#ifndef CLI_ANSWER_MINE_H
#define CLI_ANSWER_MINE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/err.h"
#include "sources/world.h"

/*
 * What an account may ask of the scan service: root's helper has named the
 * account on the connection, the users' front asks. Whose a domain is, is looked
 * up anew in /etc/userdomains; what belongs to somebody else and what nobody has
 * are refused in the same words, before anything else is looked at.
 *
 *	{"op":"check","domains":[D…]}	{"domains":[{"name","routing","mx","provider",
 *					"findings":[{"id","check","severity","subject",
 *					"fix"}]}]}: those that are the account's
 *	{"op":"setup","name":D,"mailbox":M}	render/view_setup.h
 *	{"op":"address","ip":IP}	{"state"}: whether it is blocked here, not by what
 *	{"op":"explain","text":T}	render/explanation.h; nothing is looked up
 *	{"op":"plan","finding":ID}	a plan of one of the fixes that an account has:
 *					"finding", "fix", "ops", "confirm"
 *	{"op":"domain","name":D}	as of an administrator: what proves a change
 */
#define MINE_DOMAINS_MAX 25

int answer_mine(struct world *w, const char *account, json_object *request,
		json_object **result, struct err *e);

/* A request that says so only names the account. */
const char *answer_mine_account(json_object *request);

#endif
