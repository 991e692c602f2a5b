#ifndef PRIV_ROUTING_H
#define PRIV_ROUTING_H

#include "priv/setting.h"

/*
 * Email Routing of one domain, through the panel and as the account. The value
 * is what is configured (auto, local, secondary, remote). Only Email::list_mxs
 * tells the truth about it; WHM's listmxs and API 2's getalwaysaccept do not.
 * ERR_NOT_FOUND: the panel has no routing for this domain (a subdomain on
 * releases that list none).
 */
extern const struct setting setting_routing;

/* What is configured and what that comes to: "auto (local)", for a setting that
 * must not move it. A domain without routing has "none". */
int routing_in_force(const char *account, const char *domain,
		     char value[SETTING_MAX], struct err *e);

#endif
