#ifndef HTTP_PAGES_H
#define HTTP_PAGES_H

#include "http/app_exchange.h"

/* Answers are HTML: a template over {"shell":{…},"data":…}. */

/* Shows data (taken over) by the exchange's route. why: it is shown because
 * what was asked for was refused; NULL otherwise. */
void pages_answer(struct exchange *x, json_object *data, int status,
		  const struct err *why, struct response *rs);
void pages_refuse(struct exchange *x, int status, const struct err *e,
		  struct response *rs);

/* What a page's template wants beside its data. */
void dress_overview(struct exchange *x, json_object *data);
void dress_preview(struct exchange *x, json_object *data);
void dress_bulk(struct exchange *x, json_object *data);
void dress_address(struct exchange *x, json_object *data);
void dress_domain(struct exchange *x, json_object *data);
void dress_relay(struct exchange *x, json_object *data);
void dress_ports(struct exchange *x, json_object *data);
void dress_settings(struct exchange *x, json_object *data);
void dress_change(struct exchange *x, json_object *data);
/* What the partial "address_view" asks of an address as view_address gives it, or NULL. */
void dress_address_view(json_object *address);
void dress_job(struct exchange *x, json_object *data);
void dress_history(struct exchange *x, json_object *data);

#endif
