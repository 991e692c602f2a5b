#include <string.h>

#include "base/json.h"
#include "engine/bulk.h"
#include "http/app_exchange.h"

/* A page shows that it goes on; automation has 60 s from the door. */
#define PAGE_WAIT_MS 2000
#define API_WAIT_MS 45000

static struct bulk_who who(const struct exchange *x)
{
	return (struct bulk_who){ x->rq->door, x->rq->login };
}

/* ---- the selection ------------------------------------------------------ */

/* What was ticked, or all that the overview had to show. */
static int take_findings(const struct exchange *x, json_object **out, struct err *e)
{
	json_object *list = exchange_field(x, "all") ? bulk_findings(x) :
		fields_list(&x->fields);

	for (size_t i = 0; i < json_count(list); i++)
		if (x->rq->door != DOOR_ADMIN && !visible_finding(x,
				json_object_get_string(json_object_array_get_idx(list, i)))) {
			json_object_put(list);
			return exchange_hide(e);
		}
	*out = list;
	if (json_count(list))
		return 0;
	json_object_put(list);
	return err_set(e, ERR_INPUT, "no finding is selected");
}

/* Accounts may have moved since the scan that showed them. */
static bool may_see_rows(const struct exchange *x, json_object *rows)
{
	for (size_t i = 0; i < json_count(rows); i++)
		if (!exchange_may_see(x, json_text(json_object_array_get_idx(rows, i),
						   "reseller")))
			return false;
	return true;
}

static int complete_plan(const struct exchange *x, json_object *plan, struct err *e)
{
	json_object *rows = json_member(plan, "rows");
	json_object *first = json_count(rows) ? json_object_array_get_idx(rows, 0) : NULL;
	json_object *left = json_member(plan, "left_out");

	if (!may_see_rows(x, rows) || !may_see_rows(x, left))
		return exchange_hide(e);
	json_put_text(plan, "title", json_text(first, "title"));
	json_put_text(plan, "risk", json_text(first, "risk"));
	json_put_number(plan, "planned", (int64_t)json_count(rows));
	json_put_number(plan, "left", (int64_t)json_count(left));
	exchange_put_nonce(x, plan, "apply", json_text(plan, "digest"));
	return 0;
}

/* ---- jobs --------------------------------------------------------------- */

/* What the templates and the API's users may count on. */
static void complete_job(const struct exchange *x, json_object *job)
{
	bool running = json_flag(job, "running") == 1;
	json_object *seen = running ? NULL :
		app_bulk_seen(x->app->bulk, json_text(job, "id"));

	bulk_mark(job, seen);
	json_put_flag(job, "looked", seen != NULL);
	json_object_put(seen);
	json_object_object_add(job, "nonce", NULL);
	if (running)
		exchange_put_nonce(x, job, "stop", json_text(job, "id"));
	else if (json_flag(job, "undoable") == 1)
		exchange_put_nonce(x, job, "undo", json_text(job, "id"));
}

static int read_job(const struct exchange *x, const char *id, json_object **out,
		    struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int rc = priv_open(&c, e) ? -1 : bulk_job(&c, id, out, e);

	priv_close(&c);
	if (rc)
		return e->code == ERR_NOT_FOUND || e->code == ERR_INPUT ?
			exchange_hide(e) : -1;
	if (exchange_may_see_change(x, *out))
		return 0;
	json_object_put(*out);
	return exchange_hide(e);
}

int exchange_show_job(struct exchange *x, const char *id, json_object **data,
		      struct err *e)
{
	static const char *const names[] = { "name", "state", "text", NULL };

	if (read_job(x, id, data, e))
		return -1;
	complete_job(x, *data);
	if (x->route->kind == ROUTE_API)
		exchange_page(x, *data, "rows", names);
	else
		x->route = route_named(ROUTE_PAGE, "job", METHOD_GET);
	return 0;
}

int run_job(struct exchange *x, json_object **data, struct err *e)
{
	return exchange_show_job(x, exchange_field(x, "id"), data, e);
}

int run_stop(struct exchange *x, json_object **data, struct err *e)
{
	const char *id = exchange_field(x, "id");
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *job;
	int rc;

	if (read_job(x, id, &job, e))
		return -1;
	json_object_put(job);
	if (exchange_open_identified(x, &c, e))
		return -1;
	rc = bulk_stop(&c, id, e);
	priv_close(&c);
	return rc ? -1 : exchange_show_job(x, id, data, e);
}

int undo_job(struct exchange *x, struct priv_client *c, const char *id,
	     json_object **data, struct err *e)
{
	int rc = bulk_undo(c, id, e);

	priv_close(c);
	if (rc)
		return -1;
	app_bulk_watch(x->app->bulk, id);
	return exchange_show_job(x, id, data, e);
}

/* ---- automation: one call, one answer ------------------------------------ */

static int still_looking(json_object *work, struct err *e)
{
	err_set(e, ERR_UNAVAILABLE, "the server is still being looked at (%s: %lld of %lld); %s",
		json_text(work, "phase") ? json_text(work, "phase") : "beginning",
		(long long)json_number(work, "done", 0),
		(long long)json_number(work, "total", 0), json_is(work, "state", "planning") ?
		"ask the same again" :
		"the job begins when that is done, and v1/changes shows it then");
	json_object_put(work);
	return -1;
}

int run_plan_many(struct exchange *x, json_object **data, struct err *e)
{
	const struct bulk_who me = who(x);
	json_object *findings, *work = NULL;
	int rc;

	if (take_findings(x, &findings, e))
		return -1;
	rc = app_bulk_plan(x->app->bulk, &me, findings, API_WAIT_MS, &work, e);
	json_object_put(findings);
	if (rc)
		return -1;
	if (!json_is(work, "state", "ready"))
		return still_looking(work, e);
	*data = json_object_get(json_member(work, "plan"));
	json_object_put(work);
	if (!complete_plan(x, *data, e))
		return 0;
	json_object_put(*data);
	return -1;
}

static int begin_apply(struct exchange *x, int wait_ms, json_object **work,
		       struct err *e)
{
	const struct bulk_who me = who(x);
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *findings;
	int rc;

	if (take_findings(x, &findings, e))
		return -1;
	rc = exchange_open_identified(x, &c, e) ? -1 :
		app_bulk_apply(x->app->bulk, &me, &c, findings,
			       exchange_field(x, "digest"), wait_ms, work, e);
	json_object_put(findings);
	return rc;
}

int run_apply_many(struct exchange *x, json_object **data, struct err *e)
{
	json_object *work;
	int rc;

	if (begin_apply(x, API_WAIT_MS, &work, e))
		return -1;
	if (!json_is(work, "state", "begun"))
		return still_looking(work, e);
	rc = exchange_show_job(x, json_text(work, "job"), data, e);
	json_object_put(work);
	return rc;
}

/* ---- pages: what is at work is shown ------------------------------------- */

static int show_work(struct exchange *x, json_object *work, json_object **data,
		     struct err *e)
{
	json_object *plan = json_member(work, "plan");
	const char *job = json_text(work, "job");
	int rc;

	if (job) {
		rc = exchange_show_job(x, job, data, e);
		json_object_put(work);
		return rc;
	}
	if (plan && complete_plan(x, plan, e)) {
		json_object_put(work);
		return -1;
	}
	json_put_flag(work, "running", json_is(work, "state", "planning") ||
		      json_is(work, "state", "applying"));
	json_put_flag(work, "applying", json_is(work, "state", "applying"));
	json_put_flag(work, "failed", json_is(work, "state", "failed") && !plan);
	*data = work;
	return 0;
}

int run_bulk(struct exchange *x, json_object **data, struct err *e)
{
	const struct bulk_who me = who(x);
	json_object *work = app_bulk_view(x->app->bulk, &me);

	return work ? show_work(x, work, data, e) :
		err_set(e, ERR_NOT_FOUND, "no finding is selected: select some on the overview");
}

int run_bulk_start(struct exchange *x, json_object **data, struct err *e)
{
	const struct bulk_who me = who(x);
	json_object *findings, *work;
	int rc;

	if (take_findings(x, &findings, e))
		return -1;
	rc = app_bulk_plan(x->app->bulk, &me, findings, PAGE_WAIT_MS, &work, e);
	json_object_put(findings);
	return rc ? -1 : show_work(x, work, data, e);
}

int run_bulk_apply(struct exchange *x, json_object **data, struct err *e)
{
	json_object *work;

	return begin_apply(x, PAGE_WAIT_MS, &work, e) ? -1 :
		show_work(x, work, data, e);
}
