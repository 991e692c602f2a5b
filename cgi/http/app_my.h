#ifndef HTTP_APP_MY_H
#define HTTP_APP_MY_H

#include "http/app_exchange.h"
#include "priv/client.h"

/* What the handlers of the account's own door share. */

/* A conversation with the helper as the account whose socket this is, when its
 * turn has come. */
int my_open(const struct exchange *x, struct priv_client *c, struct err *e);
void my_close(const struct exchange *x, struct priv_client *c);
/* What the scan service says to that account (cli/answer_mine.h). */
int my_ask(struct priv_client *c, json_object *request, json_object **out,
	   struct err *e);
/* All of it: opens, asks, closes. Takes request over. */
int my_ask_once(const struct exchange *x, json_object *request, json_object **out,
		struct err *e);
/* cPanel's own rows: an array of {"name","mxcheck","detected","automatic","mx"}. */
int my_domains(const struct exchange *x, struct priv_client *c, json_object **out,
	       struct err *e);

/* Runs: app_my.c, app_my_change.c */
int run_my_check(struct exchange *x, json_object **data, struct err *e);
int run_my_address(struct exchange *x, json_object **data, struct err *e);
int run_my_setup(struct exchange *x, json_object **data, struct err *e);
int run_my_explain(struct exchange *x, json_object **data, struct err *e);
int run_my_preview(struct exchange *x, json_object **data, struct err *e);
int run_my_apply(struct exchange *x, json_object **data, struct err *e);
int run_my_changes(struct exchange *x, json_object **data, struct err *e);
int run_my_undo(struct exchange *x, json_object **data, struct err *e);

/* pages_my.c: these pages say everything in the catalogue's words. */
void pages_my_answer(struct exchange *x, json_object *data, int status,
		     const struct err *why, struct response *rs);
void pages_my_refuse(struct exchange *x, int status, struct response *rs);

void dress_my_check(struct exchange *x, json_object *data);
void dress_my_explain(struct exchange *x, json_object *data);
void dress_my_setup(struct exchange *x, json_object *data);
void dress_my_address(struct exchange *x, json_object *data);
void dress_my_change(struct exchange *x, json_object *data);
void dress_my_changes(struct exchange *x, json_object *data);

#endif
