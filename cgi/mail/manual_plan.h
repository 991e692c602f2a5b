#ifndef MAIL_MANUAL_PLAN_H
#define MAIL_MANUAL_PLAN_H

#include "base/arena.h"
#include "core/facts.h"

/* The domain's route in /etc/manualmx, or NULL. */
const struct manual_route *manual_route_of(const struct facts *f, const char *domain);

/* Why the route cannot be taken away by a click, a clause in a; NULL: it can. A
 * route goes only when it could be put back, and when the lists and the MX agree
 * on where mail goes without it. */
const char *manual_route_obstacle(const struct facts *f, const struct domain *d,
				  const struct manual_route *m, struct arena *a);

#endif
