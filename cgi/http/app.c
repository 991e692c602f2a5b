#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "http/api.h"
#include "http/app_gate.h"
#include "http/pages.h"
#include "http/turn.h"

/* ---- making one -------------------------------------------------------- */

void app_free(struct app *app)
{
	if (!app)
		return;
	app_shelf_free(app->shelf);
	app_bulk_free(app->bulk);
	app_scan_free(app->scan);
	rate_free(app->rate);
	once_free(app->once);
	close(app->turns);
	snapshot_store_free(app->store);
	OPENSSL_cleanse(app->key, sizeof(app->key));
	free(app);
}

static int load(struct app *app, const char *dir, struct err *e)
{
	app->turns = turns_new();
	app->shelf = app_shelf_new(dir, e);
	if (!app->shelf)
		return -1;
	if (app->turns < 0)
		return err_set(e, ERR_UNAVAILABLE, "no memory file for turns");
	if (RAND_bytes(app->key, sizeof(app->key)) != 1)
		return err_set(e, ERR_UNAVAILABLE, "no random bytes for the forms' key");
	return 0;
}

struct app *app_new(const char *templates_dir, const char *state_dir)
{
	struct app *app = calloc(1, sizeof(*app));
	struct err e;

	if (!app)
		abort();
	if (load(app, templates_dir, &e)) {
		log_line(LOG_LINE_ERROR, "the pages cannot be loaded: %s", e.text);
		app_free(app);
		return NULL;
	}
	app->store = snapshot_store_new(state_dir);
	app->scan = app_scan_new(app->store);
	app->bulk = app_bulk_new(app->store);
	app->rate = rate_new();
	app->once = once_new(state_dir);
	return app;
}

/* The settings are read by a scan, which tells them to the rest. */
void app_reload(struct app *app)
{
	const struct snapshot *last = snapshot_take(app->store);
	struct err e;

	if (app_shelf_read(app->shelf, &e))
		log_line(LOG_LINE_ERROR, "told to read the pages again; they stay as they were: %s",
			 e.text);
	else
		log_line(LOG_LINE_INFO, "the pages were read again");
	if (!last)
		return;
	snapshot_release(app->store, last);
	if (app_scan_start(app->scan, false, &e))
		log_line(LOG_LINE_WARNING, "the settings were not read again: %s", e.text);
}

void app_be_strict(struct app *app)
{
	app->mode = TEMPLATE_STRICT;
}

/* ---- one request ------------------------------------------------------- */

static int status_of(enum errcode code)
{
	static const int statuses[] = {
		[ERR_INPUT] = 400, [ERR_DENIED] = 403, [ERR_STALE] = 409,
		[ERR_UNAVAILABLE] = 503, [ERR_LIMIT] = 413, [ERR_NOT_FOUND] = 404,
		[ERR_BUG] = 500,
	};

	return code > ERR_NONE && code <= ERR_BUG ? statuses[code] : 500;
}

/* What the address means: a kind, a name, and for a GET the fields. */
struct address {
	enum route_kind kind;
	const char *name, *asset;
	struct fields fields;
};

static int read_address(const struct exchange *x, struct address *a, struct err *e)
{
	static const struct field selectors[] = {
		{ "page", FIELD_WORD, false }, { "api", FIELD_PATH, false },
		{ NULL, FIELD_TEXT, false }
	};
	struct fields which = FIELDS_INIT(x->rq->arena);

	if (fields_read_form(&which, slice_of(x->rq->query), e))
		return -1;
	a->fields = which;
	a->asset = fields_get(&which, "asset");
	a->kind = fields_get(&which, "api") ? ROUTE_API : ROUTE_PAGE;
	if (fields_check(&which, selectors, FIELDS_OTHERS_DROPPED, e))
		return -1;
	a->name = fields_get(&which, a->kind == ROUTE_API ? "api" : "page");
	if (!a->name)
		a->name = route_start(x->rq->door);
	return 0;
}

/* The field that may be long, by the route's table; or NULL. */
static const char *long_field(const struct field *table)
{
	while (table->name && table->type != FIELD_LONG)
		table++;
	return table->name;
}

/* What every POST of the API may bring. */
static const struct field key_field = { "idempotency_key", FIELD_KEY, false };

static int read_fields(struct exchange *x, const struct address *a, struct err *e)
{
	const struct request *rq = x->rq;
	const struct slice body = { rq->body, rq->body_len };

	x->fields = a->fields;
	if (x->route->method == METHOD_GET)
		return fields_check(&x->fields, x->route->fields,
				    FIELDS_OTHERS_DROPPED, e);
	x->fields = (struct fields)FIELDS_INIT(rq->arena);
	x->fields.long_name = long_field(x->route->fields);
	if (!strcmp(rq->content_type, "application/json") ?
	    fields_read_json(&x->fields, body, e) :
	    fields_read_form(&x->fields, body, e))
		return -1;
	if (x->route->kind == ROUTE_API && fields_take(&x->fields, &key_field, &x->key, e))
		return -1;
	return fields_check(&x->fields, x->route->fields, FIELDS_OTHERS_REFUSED, e);
}

/* The page that a refused act began on, with the reason; the plain refusal when
 * that page cannot be had either. */
static void show_again(struct exchange *x, int status, const struct err *why,
		       struct response *rs)
{
	json_object *data = NULL;
	struct err e;

	x->route = route_named(ROUTE_PAGE, x->route->again, METHOD_GET);
	if (x->route->run(x, &data, &e))
		pages_refuse(x, status, why, rs);
	else
		pages_answer(x, data, status, why, rs);
}

static void answer_page(struct exchange *x, json_object *data, struct response *rs)
{
	struct err e;
	json_object *then;

	if (!x->route->then) {
		pages_answer(x, data, 200, NULL, rs);
		return;
	}
	json_object_put(data);
	x->route = route_named(ROUTE_PAGE, x->route->then, METHOD_GET);
	if (x->route->run(x, &then, &e))
		pages_refuse(x, status_of(e.code), &e, rs);
	else
		pages_answer(x, then, 200, NULL, rs);
}

static void run(struct exchange *x, struct response *rs)
{
	json_object *data = NULL;
	struct err e;

	if (!x->route->run(x, &data, &e)) {
		if (x->route->kind == ROUTE_API)
			api_answer(x, data, rs);
		else
			answer_page(x, data, rs);
	} else if (x->route->kind == ROUTE_API) {
		api_refuse(x->route->name, status_of(e.code), &e, rs);
	} else if (x->route->again && (e.code == ERR_INPUT || e.code == ERR_STALE)) {
		show_again(x, status_of(e.code), &e, rs);
	} else {
		pages_refuse(x, status_of(e.code), &e, rs);
	}
}

static int answer_asset(const struct app_files *files, const char *name,
			struct response *rs, struct err *e)
{
	struct slice content;

	if (assets_get(files->assets, name, &content, &rs->content_type))
		return err_set(e, ERR_NOT_FOUND, "there is no asset '%.64s'", name);
	rs->status = 200;
	buf_add(&rs->body, content.p, content.n);
	return 0;
}

/* Not kept waiting: whoever waits has a seat that others need. */
static int run_as_reseller(struct exchange *x, struct response *rs, struct err *e)
{
	unsigned before = atomic_fetch_add(&x->app->resellers, 1);

	if (before < RESELLERS_AT_WORK)
		run(x, rs);
	atomic_fetch_sub(&x->app->resellers, 1);
	return before < RESELLERS_AT_WORK ? 0 :
		err_set(e, ERR_UNAVAILABLE, "too many resellers ask at once: try again in a moment");
}

static int carry_out(struct exchange *x, struct response *rs, int *status, struct err *e)
{
	(void)status;
	if (x->route->asks && x->rq->door == DOOR_RESELLER)
		return run_as_reseller(x, rs, e);
	run(x, rs);
	return 0;
}

static int answer(struct exchange *x, const struct address *a,
		  enum route_method method, struct response *rs, int *status,
		  struct err *e)
{
	if (route_find(a->kind, a->name, method, x->rq->door, &x->route, status, e) ||
	    read_fields(x, a, e) || exchange_check_nonce(x, e))
		return -1;
	return x->key ? exchange_once(x, carry_out, rs, status, e) :
		carry_out(x, rs, status, e);
}

static void handle(struct exchange *x, struct response *rs)
{
	struct address a = {
		.kind = strncmp(x->rq->query, "api=", 4) ? ROUTE_PAGE : ROUTE_API,
		.name = "",
	};
	enum route_method method;
	int status = 0;
	struct err e;

	if (!app_gate(x->rq, &method, &status, &e) && !read_address(x, &a, &e) &&
	    !exchange_check_rate(x, a.kind, method, rs, &status, &e) &&
	    !(a.asset ? answer_asset(x->files, a.asset, rs, &e) :
	      answer(x, &a, method, rs, &status, &e)))
		return;
	if (!status)
		status = status_of(e.code);
	if (a.kind == ROUTE_API)
		api_refuse(a.name, status, &e, rs);
	else
		pages_refuse(x, status, &e, rs);
}

void app_handle(struct app *app, const struct request *rq, struct response *rs)
{
	struct exchange x = {
		.app = app, .rq = rq, .files = app_files_take(app->shelf),
		.snapshot = snapshot_take(app->store),
	};

	handle(&x, rs);
	if (x.snapshot)
		snapshot_release(app->store, x.snapshot);
	app_files_release(app->shelf, x.files);
	if (!strcmp(rq->method, "HEAD"))
		rs->body.len = 0;
}
