#ifndef HTTP_APP_GATE_H
#define HTTP_APP_GATE_H

#include "http/request.h"
#include "http/routes.h"

/*
 * What holds for every request, whatever it asks for, before any routing: who
 * is there, which method, and for what may change something that it does not
 * come from another site. -1 with the HTTP status of the refusal.
 *
 * A browser inside a panel's session has a security token in its address, and
 * its forms a nonce (checked later, by the route). A call without the token
 * comes from automation: nothing but application/json is taken from it, which
 * no form of another site can send, and no foreign Origin or Sec-Fetch-Site.
 */
int app_gate(const struct request *rq, enum route_method *method, int *status,
	     struct err *e);

#endif
