#ifndef SOURCES_PANEL_PARTS_H
#define SOURCES_PANEL_PARTS_H

/* What the files of sources/panel share; for nobody else. */

#include <json-c/json.h>

#include "base/buf.h"
#include "sources/addresses.h"
#include "sources/panel.h"

struct panel {
	struct world *w;
	const struct panel_wish *wish;
	struct facts *f;
	struct arena *a;
	struct buf form, reply;
	size_t ncalls;			/* in the batch that is being made */
	json_object *privileges;	/* of myprivs; NULL: not told */
	json_object *functions;		/* of applist; NULL: not told */
	struct address_list own;
	const char *addresses_why;	/* why listips gave none; NULL: it did */
};

/* Begins the form of a call, or of a batch of them. */
void panel_form(struct panel *p);
void panel_arg(struct panel *p, const char *key, const char *value);
/* query: NULL, or "k=v&k=v" whose values need no encoding. */
void panel_add_call(struct panel *p, const char *function, const char *query);

/* Sends the form. The reply to a call that succeeded, and the parts of a batch:
 * *reply is the caller's. NULL with e. */
json_object *panel_call(struct panel *p, const char *function, struct err *e);
json_object *panel_batch(struct panel *p, json_object **reply, struct err *e);

/* Adds to e what the token lacks for this function, where that can be told.
 * acl: the privilege that it needs; NULL: not documented. */
void panel_explain(struct panel *p, const char *function, const char *acl, struct err *e);

/* The domains of the server, sorted. Every one that an account has is `untold`
 * yet, by one of these two texts. */
int panel_domains(struct panel *p, struct err *e);
extern const char panel_untold_domain[], panel_untold_subdomain[];

/* How each is routed. -1 when no account was answered for. */
int panel_routing(struct panel *p, struct err *e);

void panel_add_address(struct panel *p, const char *text);	/* NULL: none */
/* What listips and get_shared_ip say. */
void panel_take_addresses(struct panel *p, json_object *listips, json_object *shared);
/* Ends the list, with what the public DNS has for the server's own name, and
 * sets the state of SOURCE_ADDRESSES. */
void panel_set_addresses(struct panel *p);

#endif
