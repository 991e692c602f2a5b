#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "engine/ask.h"
#include "http/app_exchange.h"
#include "render/metrics.h"
#include "render/view.h"

#define METRICS_MAX (1u << 20)

static const char openapi[] = {
#include "openapi.inc"
};

/* When it was and what it found, for those who may see all of it. */
static json_object *last_scan(const struct exchange *x)
{
	json_object *head, *o;

	if (!x->snapshot)
		return NULL;
	head = snapshot_parse(x->snapshot->head);
	o = json_object_new_object();
	json_put_text(o, "hostname", json_text(json_member(head, "server"), "hostname"));
	json_put_text(o, "scanned_at", json_text(json_member(head, "server"), "scanned_at"));
	if (x->rq->door == DOOR_ADMIN)
		json_object_object_add(o, "summary",
				       json_object_get(json_member(head, "summary")));
	json_object_put(head);
	return o;
}

int run_status(struct exchange *x, json_object **data, struct err *e)
{
	json_object *o;

	if (x->rq->door == DOOR_USER)
		return run_mine(x, data, e);
	o = json_object_new_object();
	json_put_text(o, "door", x->rq->door == DOOR_ADMIN ? "admin" : "reseller");
	json_put_text(o, "login", x->rq->login);
	json_object_object_add(o, "scan", app_scan_view(x->app->scan, x->rq->door == DOOR_ADMIN));
	json_object_object_add(o, "last", last_scan(x));
	*data = o;
	return 0;
}

/* The address whose way is to be shown as well: of this domain, "local@domain" or the
 * local part alone. The way may lead through anybody's forwarders: the administrator's. */
static int put_address(const struct exchange *x, json_object *request, struct err *e)
{
	const char *address = exchange_field(x, "address");
	const char *name = exchange_field(x, "name");
	const char *at = address ? strrchr(address, '@') : NULL;

	json_put_flag(request, "map", x->rq->door == DOOR_ADMIN);
	if (!address || !*address)
		return 0;
	if (x->rq->door != DOOR_ADMIN)
		return err_set(e, ERR_DENIED, "where an address leads is told to the administrator alone");
	if (at == address || strlen(address) > 254 || (at && strcasecmp(at + 1, name)))
		return err_set(e, ERR_INPUT, "'%.100s' is no address in %s", address, name);
	json_put_text(request, "address", at ? address :
		      arena_printf(x->rq->arena, "%s@%s", address, name));
	return 0;
}

/* What a reseller does not own is not there: neither its facts nor why they
 * could not be had are told. */
int run_domain(struct exchange *x, json_object **data, struct err *e)
{
	json_object *request = json_object_new_object();
	int rc;

	json_put_text(request, "op", "domain");
	json_put_text(request, "name", exchange_field(x, "name"));
	if (put_address(x, request, e)) {
		json_object_put(request);
		return -1;
	}
	rc = scan_ask(request, NULL, NULL, data, e);
	json_object_put(request);
	if (rc)
		return x->rq->door == DOOR_ADMIN ? -1 : exchange_hide(e);
	if (exchange_may_see(x, json_text(json_member(*data, "domain"), "reseller"))) {
		exchange_limit(x, json_member(*data, "findings"));
		return 0;
	}
	json_object_put(*data);
	return exchange_hide(e);
}

int run_checks(struct exchange *x, json_object **data, struct err *e)
{
	static const char *const names[] = { "id", "rule", "title", NULL };

	(void)e;
	*data = json_object_new_object();
	json_object_object_add(*data, "checks", view_checks());
	exchange_page(x, *data, "checks", names);
	json_object_object_add(*data, "fixes", view_fixes());
	return 0;
}

int run_scan(struct exchange *x, json_object **data, struct err *e)
{
	(void)e;
	*data = app_scan_view(x->app->scan, x->rq->door == DOOR_ADMIN);
	if (x->rq->door == DOOR_ADMIN)
		exchange_put_nonce(x, *data, "scan", NULL);
	return 0;
}

int run_scan_start(struct exchange *x, json_object **data, struct err *e)
{
	if (app_scan_start(x->app->scan, fields_flag(&x->fields, "fresh"), e))
		return -1;
	return run_scan(x, data, e);
}

int run_metrics(struct exchange *x, json_object **data, struct err *e)
{
	struct buf text = BUF_INIT(METRICS_MAX);
	json_object *head;
	struct metrics m;

	if (!x->snapshot)
		return err_set(e, ERR_UNAVAILABLE, "nothing was scanned yet");
	metrics_init(&m, x->rq->arena);
	for (size_t i = 0; i < x->snapshot->n; i++)
		if (!x->snapshot->rows[i].muted)
			metrics_count(&m, x->snapshot->rows[i].id, x->snapshot->rows[i].severity);
	head = snapshot_parse(x->snapshot->head);
	metrics_print(&m, head, &text);
	json_object_put(head);
	*data = json_object_new_object();
	json_put_text(*data, "type", METRICS_TYPE);
	json_put_text(*data, "text", text.data);
	buf_free(&text);
	return 0;
}

int run_openapi(struct exchange *x, json_object **data, struct err *e)
{
	(void)x;
	*data = json_read(openapi, sizeof(openapi), "the API's description", e);
	return *data ? 0 : -1;
}
