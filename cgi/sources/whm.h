#ifndef SOURCES_WHM_H
#define SOURCES_WHM_H

#include <json-c/json.h>

#include "core/fix.h"
#include "sources/world.h"

/*
 * UAPI Email::list_mxs of one account: sets mxcheck, detected, whm_asked and
 * whm_listed of that account's domains. -1 when WHM did not answer or refused
 * (whm_asked stays false). Names in the reply that the server's own files do
 * not give to this account are passed over.
 */
int whm_ask_routing(struct world *w, const char *account, struct facts *f,
		    struct arena *a, struct err *e);

/* The rows of such a reply. */
void whm_take_routing(json_object *rows, const char *account, struct facts *f,
		      struct arena *a);

/* The address of one mailbox in the domain; NULL: it has none, or WHM did not
 * say. */
const char *whm_ask_mailbox(struct world *w, const struct domain *d,
			    struct arena *a);

/* The mailboxes of the domain and how many messages they hold, counted by the
 * panel as the account. Never fails: an unanswered question is in here->why. */
void whm_ask_mail_here(struct world *w, const struct domain *d, struct arena *a,
		       struct mail_here *here);

/* The filter that the subject "FROM>TO" names. An unanswered question is in out->why. */
void whm_ask_filter(struct world *w, const struct domain *d, const char *subject,
		    struct arena *a, struct filter_kept *out);

/* The domain's zone on this server: its MX and serial, and whether cPanel finds
 * the domain delegated here. An unanswered question is in out->why. */
void whm_ask_zone(struct world *w, const struct domain *d, struct arena *a,
		  struct zone_kept *out);

/*
 * The data of a UAPI reply, wrapped ({"result":{…}}) or bare, when every status
 * in it says success; it belongs to *reply (json_object_put). NULL with e.
 * Source: cPanel's UAPI documentation; quirks as other clients recorded them.
 */
json_object *whm_uapi_data(const char *text, size_t n, const char *what,
			   json_object **reply, struct err *e);

/* 0 when the status of such an object, its errors included, says success. */
int whm_uapi_check(json_object *inner, const char *what, struct err *e);

#endif
