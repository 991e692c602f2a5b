#include <string.h>

#include "base/json.h"
#include "engine/ask.h"
#include "http/app_exchange.h"

/* The text is handed on as it came, unread: the scan parses it. */
int run_explain(struct exchange *x, json_object **data, struct err *e)
{
	json_object *request = json_object_new_object();
	int rc;

	json_put_text(request, "op", "explain");
	if (x->rq->door == DOOR_RESELLER)
		json_put_text(request, "reseller", x->rq->login);
	json_object_object_add(request, "text",
			       json_object_new_string(exchange_field(x, "text")));
	rc = scan_ask(request, NULL, NULL, data, e);
	json_object_put(request);
	return rc;
}

/* The page asks for a text first, and shows it again with the answer. */
int run_explain_page(struct exchange *x, json_object **data, struct err *e)
{
	const char *text = exchange_field(x, "text");
	json_object *answer = NULL;

	if (text && x->route->asks && run_explain(x, &answer, e))
		return -1;
	*data = json_object_new_object();
	json_put_text(*data, "text", text);
	json_put_number(*data, "nmissing", (int64_t)json_count(
			json_member(json_member(answer, "here"), "missing")));
	json_object_object_add(*data, "answer", answer);
	return 0;
}
