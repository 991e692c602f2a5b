#ifndef ENGINE_WITNESS_H
#define ENGINE_WITNESS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * What each fix may plan, and who must agree that it had its effect: one row a
 * fix. The scan reads what strangers write; whatever became of it, what it
 * proposes is one operation, of a verb of the fix's own, about the very domain (or
 * account, port or address) that was asked about.
 */

/* The plan's only operation, which belongs to the plan; NULL with ERR_BUG when
 * the plan is anything else. */
json_object *witness_op(json_object *plan, const char *finding, struct err *e);

/* What the verb changes is the server's: it is looked at as that. */
bool witness_of_server(const char *verb);
/* … and the packet filter's rules are its proof. */
bool witness_of_rules(const char *verb);
/* It changes one of our own settings, which the next scan goes by: nothing on the
 * server is another one for it. */
bool witness_is_setting(const char *verb);
/* What it changes is seen in what Exim says to a client: its address, in name; NULL:
 * it is not. */
const char *witness_client(const char *verb, const char *name);

/*
 * `after` is the domain as scan_ask's "domain" gave it after the operation, or the
 * address, or what Exim said (render/view_relay.h). NULL when all witnesses say that it is as the plan wanted and the finding
 * is gone (unless it may stand for a reason that the fix leaves); otherwise a clause that
 * says who does not, and lives as long as `after`.
 */
const char *witness_dissent(json_object *after, const char *finding,
			    json_object *op);
/* The same of what is the server's; `plan` is from before. Whoever could reach the
 * server then must be able to reach it now. */
const char *witness_server_dissent(json_object *plan, json_object *after,
				   json_object *op, struct arena *a);

/* Of what is seen on another witness, and makes the rules anew beside it: who could reach
 * the server must be able to as well; `after` has the ways then. */
bool witness_of_ways(const char *verb);
const char *witness_ways_dissent(json_object *plan, json_object *after, struct arena *a);

/* How long the effect of an operation may take to be seen. */
int witness_patience_ms(json_object *op);

#endif
