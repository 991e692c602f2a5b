#include <string.h>

#include "base/json.h"
#include "engine/ask.h"
#include "http/app_my.h"

const struct setup_format *exchange_setup_format(const struct exchange *x)
{
	const char *format = exchange_field(x, "format");

	return format && x->route->kind == ROUTE_API && x->route->run == run_setup ? setup_format_find(format) : NULL;
}

static int ask(const struct exchange *x, json_object **data, struct err *e)
{
	json_object *request = json_object_new_object();
	int rc;

	json_put_text(request, "op", "setup");
	json_put_text(request, "name", exchange_field(x, "name"));
	json_put_text(request, "mailbox", exchange_field(x, "mailbox"));
	if (x->rq->door == DOOR_USER)
		return my_ask_once(x, request, data, e);
	rc = scan_ask(request, NULL, NULL, data, e);
	json_object_put(request);
	return rc;
}

static int check_format(const struct exchange *x, struct err *e)
{
	const char *format = exchange_field(x, "format");

	if (!format || !strcmp(format, "json") || exchange_setup_format(x))
		return 0;
	return err_set(e, ERR_INPUT, "the set-up comes as json, autoconfig or mobileconfig, not as %s",
		       format);
}

static bool hidden(const struct exchange *x, const struct err *e)
{
	return x->rq->door == DOOR_RESELLER ||
		(x->rq->door == DOOR_USER && e->code == ERR_NOT_FOUND);
}

/* Of what a reseller does not own not even the reason is told. */
int run_setup(struct exchange *x, json_object **data, struct err *e)
{
	json_object *o;

	if (check_format(x, e))
		return -1;
	if (ask(x, &o, e))
		return hidden(x, e) ? exchange_hide(e) : -1;
	*data = o;
	if (x->rq->door != DOOR_USER && !exchange_may_see(x, json_text(o, "reseller")))
		exchange_hide(e);
	else if (exchange_setup_format(x) && json_flag(o, "ready") != 1)
		err_set(e, ERR_STALE, "no file can be made: %s", json_text(o, "why"));
	else
		return 0;
	json_object_put(o);
	return -1;
}
