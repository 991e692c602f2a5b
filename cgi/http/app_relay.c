#include <string.h>

#include "base/json.h"
#include "engine/ask.h"
#include "http/app_exchange.h"
#include "http/pages.h"

/* Would Exim take this mail? Asked of it in a test session that sends nothing; sessions
 * follow one another with a pause, whoever asks: the helper sees to that. */
int run_relay(struct exchange *x, json_object **data, struct err *e)
{
	json_object *request = json_object_new_object(), *to = json_object_new_array();
	const char *from = exchange_field(x, "from");
	int rc;

	json_put_text(request, "op", "relay");
	json_put_text(request, "ip", exchange_field(x, "ip"));
	json_put_text(request, "auth", exchange_field(x, "auth"));
	json_put_number(request, "port", fields_number(&x->fields, "port", 25));
	json_put_text(request, "from", from ? from : "");
	json_object_array_add(to, json_new_text(exchange_field(x, "to")));
	json_object_object_add(request, "to", to);
	rc = scan_ask(request, NULL, NULL, data, e);
	json_object_put(request);
	return rc;
}

/* The page asks for a case first, and shows it again with the answer. */
int run_relay_page(struct exchange *x, json_object **data, struct err *e)
{
	static const char *const asked[] = { "ip", "auth", "from", "to" };
	json_object *answer = NULL;

	if (x->route->asks && run_relay(x, &answer, e))
		return -1;
	*data = json_object_new_object();
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		json_put_text(*data, asked[i], exchange_field(x, asked[i]));
	json_object_object_add(*data, "answer", answer);
	exchange_put_nonce(x, *data, "relay", NULL);
	return 0;
}

void dress_relay(struct exchange *x, json_object *data)
{
	static const int usual[] = { 25, 465, 587 };
	json_object *ports = json_object_new_array(), *answer = json_member(data, "answer");
	long asked = fields_number(&x->fields, "port", 25);

	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		json_object *o = json_object_new_object();

		json_put_number(o, "port", usual[i]);
		json_put_flag(o, "current", usual[i] == asked);
		json_object_array_add(ports, o);
	}
	json_object_object_add(data, "ports", ports);
	if (answer)
		json_put_flag(answer, "limited", json_count(json_member(answer, "limits")) > 0);
}
