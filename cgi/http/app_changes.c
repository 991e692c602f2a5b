#include <string.h>

#include "base/json.h"
#include "engine/change.h"
#include "engine/journal.h"
#include "engine/witness.h"
#include "http/app_exchange.h"

/* ---- who --------------------------------------------------------------- */

/* The helper takes it for the login at this door. */
int exchange_open_identified(const struct exchange *x, struct priv_client *c,
			     struct err *e)
{
	struct priv_reply reply;

	if (!*x->rq->ticket)
		return err_set(e, ERR_DENIED,
			       "the door brought no ticket of the helper's: nothing can be changed");
	if (priv_open(c, e))
		return -1;
	if (!priv_ask(c, "as_ticket", NULL, NULL, x->rq->ticket, -1, &reply, NULL, e))
		return 0;
	priv_close(c);
	return -1;
}

/* What is asked for by a fix's own name is done in WHM by a person: no API, no
 * token, whichever address it is sent to. */
static int check_person(const struct exchange *x, struct err *e)
{
	if (!exchange_field(x, "params.fix") ||
	    (x->route->kind == ROUTE_PAGE && *x->rq->security_token))
		return 0;
	return err_set(e, ERR_DENIED, "this is done on Relay Doctor's page in WHM alone");
}

/* The administrator may name a finding that no scan has shown yet; a reseller
 * only what can be seen. */
static int check_finding(const struct exchange *x, struct err *e)
{
	if (!exchange_field(x, "finding"))
		return err_set(e, ERR_INPUT, "the field finding is missing: a finding such as check:example.com, or findings: a list of them");
	if (check_person(x, e))
		return -1;
	if (x->rq->door == DOOR_ADMIN)
		return 0;
	/* Whom the server trusts is the administrator's matter, to look at, too. */
	return !exchange_field(x, "params.address") &&
		visible_finding(x, exchange_field(x, "finding")) ? 0 : exchange_hide(e);
}

/* ---- preview and apply ------------------------------------------------- */

int exchange_plan(struct exchange *x, json_object **data, struct err *e)
{
	json_object *params;
	int rc;

	params = fields_under(&x->fields, "params.");
	rc = check_finding(x, e);
	if (!rc)
		rc = change_preview(exchange_field(x, "finding"), params,
				    x->rq->remote_addr, data, e);
	json_object_put(params);
	if (!rc && !exchange_may_see(x, json_text(json_member(*data, "before"),
						  "reseller"))) {
		json_object_put(*data);
		return exchange_hide(e);	/* the account moved since the scan */
	}
	return rc;
}

int run_plan(struct exchange *x, json_object **data, struct err *e)
{
	int rc;

	if (x->fields.nlist)
		return run_plan_many(x, data, e);
	rc = exchange_plan(x, data, e);
	if (!rc)
		exchange_put_nonce(x, *data, "apply", json_text(*data, "digest"));
	return rc;
}

void exchange_complete_change(const struct exchange *x, json_object *change)
{
	if (!json_member(change, "proof"))
		json_object_object_add(change, "proof", NULL);
	if (!json_member(change, "server"))
		json_object_object_add(change, "server", NULL);
	if (!json_member(change, "address"))
		json_object_object_add(change, "address", NULL);
	if (!json_member(change, "listener"))
		json_object_object_add(change, "listener", NULL);
	json_object_object_add(change, "nonce", NULL);
	exchange_limit(x, json_member(change, "findings"));
	if (json_flag(change, "undoable") == 1)
		exchange_put_nonce(x, change, "undo", json_text(change, "id"));
}

/* The overview shall not show what was just cured. */
static void refresh(const struct exchange *x, json_object *change)
{
	json_object *findings = json_member(change, "findings");
	const char *name = json_text(change, "name");
	json_object *names;
	struct err ignored;	/* the next scan says it anyway */

	mute_snapshot(x, change);
	if (witness_of_server(json_text(change, "verb")) &&
	    json_object_is_type(findings, json_type_array)) {
		snapshot_put_server(x->app->store, findings, &ignored);
		return;
	}
	names = json_object_new_array();
	json_object_array_add(names, json_new_text(name));
	if (name && json_object_is_type(findings, json_type_array))
		snapshot_put_domains(x->app->store, names, findings, &ignored);
	json_object_put(names);
}

int exchange_apply(struct exchange *x, const char *digest, const char *typed,
		   json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *params;
	int rc;

	if (check_finding(x, e) || exchange_open_identified(x, &c, e))
		return -1;
	params = fields_under(&x->fields, "params.");
	rc = change_apply(&c, exchange_field(x, "finding"), params, x->rq->remote_addr,
			  digest, typed, data, e);
	json_object_put(params);
	priv_close(&c);
	if (!rc) {
		refresh(x, *data);
		exchange_complete_change(x, *data);
	}
	return rc;
}

int run_apply(struct exchange *x, json_object **data, struct err *e)
{
	int rc = exchange_traced(x, data, e);

	if (rc)
		return rc > 0 ? 0 : -1;
	return x->fields.nlist ? run_apply_many(x, data, e) :
		exchange_apply(x, exchange_field(x, "digest"), exchange_field(x, "typed"),
			       data, e);
}

/* ---- history and undo -------------------------------------------------- */

/* Without a ticket the helper shows the front everything. */
bool exchange_may_see_change(const struct exchange *x, json_object *change)
{
	return x->rq->door == DOOR_ADMIN ||
		(json_is(change, "by", x->rq->login) &&
		 json_is(change, "door", "reseller.cgi"));
}

/* Those of the journal that this exchange may see, newest first. */
static int list_changes(const struct exchange *x, struct priv_client *c,
			json_object **out, struct err *e)
{
	json_object *all;

	if (change_list(c, &all, e))
		return -1;
	*out = json_object_new_array();
	for (size_t i = 0; i < json_count(all); i++) {
		json_object *o = json_object_array_get_idx(all, i);

		if (exchange_may_see_change(x, o))
			json_object_array_add(*out, json_object_get(o));
	}
	json_object_put(all);
	return 0;
}

int exchange_changes(const struct exchange *x, json_object **out, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int rc;

	if (priv_open(&c, e))
		return -1;
	rc = list_changes(x, &c, out, e);
	priv_close(&c);
	return rc;
}

/* The one with this id, the caller's; it must be among the list. */
static int find_change(json_object *list, const char *id, json_object **out,
		       struct err *e)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		if (json_is(o, "id", id)) {
			*out = json_object_get(o);
			return 0;
		}
	}
	return exchange_hide(e);
}

int run_changes(struct exchange *x, json_object **data, struct err *e)
{
	static const char *const names[] = { "id", "verb", "name", "state", "account", "by", NULL };
	json_object *list;

	if (exchange_changes(x, &list, e))
		return -1;
	journal_fold(list);
	*data = json_object_new_object();
	json_object_object_add(*data, "changes", list);
	if (x->route->kind == ROUTE_API)
		exchange_page(x, *data, "changes", names);
	list = json_member(*data, "changes");
	for (size_t i = 0; i < json_count(list); i++)
		exchange_complete_change(x, json_object_array_get_idx(list, i));
	return 0;
}

int exchange_show_change(struct exchange *x, const char *id, json_object **data,
			 struct err *e)
{
	json_object *list;
	int rc;

	if (exchange_changes(x, &list, e))
		return -1;
	rc = find_change(list, id, data, e);
	json_object_put(list);
	if (!rc && json_flag(*data, "job") == 1) {
		json_object_put(*data);
		return exchange_show_job(x, id, data, e);
	}
	if (!rc)
		exchange_complete_change(x, *data);
	return rc;
}

int run_change(struct exchange *x, json_object **data, struct err *e)
{
	return exchange_show_change(x, exchange_field(x, "id"), data, e);
}

/* Whether it is theirs now, the helper decides; here only that an unknown one
 * and a foreign one are told in the same words. */
int run_undo(struct exchange *x, json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	const char *id = exchange_field(x, "id");
	json_object *list, *known = NULL;
	int rc;

	if (exchange_open_identified(x, &c, e))
		return -1;
	rc = list_changes(x, &c, &list, e);
	if (!rc) {
		rc = find_change(list, id, &known, e);
		json_object_put(list);
	}
	if (!rc && x->again_since && json_flag(known, "undoable") != 1) {
		json_object_put(known);
		priv_close(&c);
		return exchange_show_change(x, id, data, e);
	}
	if (!rc && json_flag(known, "job") == 1) {
		json_object_put(known);
		return undo_job(x, &c, id, data, e);
	}
	if (!rc)
		rc = change_undo(&c, id, data, e);
	json_object_put(known);
	priv_close(&c);
	if (!rc) {
		refresh(x, *data);
		exchange_complete_change(x, *data);
	}
	return rc;
}
