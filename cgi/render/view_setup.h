#ifndef RENDER_VIEW_SETUP_H
#define RENDER_VIEW_SETUP_H

#include <json-c/json.h>

#include "mail/client_setup.h"

/*
 * How a mail program is set up, the caller's. mailbox: what stands before the "@";
 * NULL: any of the domain.
 *
 * {"schema","domain","mailbox","reseller","user","host","ready","why",
 *  "incoming":[{"protocol","port","security":"SSL/TLS|STARTTLS","certificate","flaw"}],
 *  "outgoing":[…],"missing":[TEXT…],"sheet":TEXT}
 *
 * ready: there is a way to fetch and one to send without a flaw, so that a file for mail
 * programs can be made (render/setup_file.h); else why not. sheet: all of it as lines to be
 * sent to whoever sets a mail program up.
 */
json_object *view_setup(const struct client_setup *s, const struct domain *d,
			const char *mailbox);

#endif
