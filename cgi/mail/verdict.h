#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include "base/arena.h"
#include "core/facts.h"

/* "ok", "local_mx_elsewhere" …: what the API calls it. */
const char *verdict_name(enum routing_verdict v);

/*
 * Holds one domain's lists against its public DNS: sets d->routing and, in a,
 * d->routing_why.
 */
void verdict_judge(const struct facts *f, struct domain *d, struct arena *a);

#endif
