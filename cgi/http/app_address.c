#include "base/json.h"
#include "core/check.h"
#include "engine/ask.h"
#include "http/app_exchange.h"
#include "http/pages.h"

/* The page asks for an address first. */
int run_address(struct exchange *x, json_object **data, struct err *e)
{
	const char *ip = exchange_field(x, "ip");
	json_object *request;
	int rc;

	if (!ip) {
		*data = json_object_new_object();
		json_object_object_add(*data, "address", NULL);
		json_object_object_add(*data, "findings", json_object_new_array());
		return 0;
	}
	request = json_object_new_object();
	json_put_text(request, "op", "address");
	json_put_text(request, "ip", ip);
	rc = scan_ask(request, NULL, NULL, data, e);
	json_object_put(request);
	return rc;
}

static bool is(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

/* A template asks of a word whether it is a certain one. */
void dress_address_view(json_object *address)
{
	json_object *ports = json_member(address, "ports");

	if (!address)
		return;
	json_put_flag(address, "blocked", is(address, "state", "blocked"));
	json_put_flag(address, "free", is(address, "state", "free"));
	json_put_number(address, "nentries", (int64_t)json_count(json_member(address, "entries")));
	json_put_number(address, "nports", (int64_t)json_count(ports));
	json_put_number(address, "nlog", (int64_t)json_count(json_member(address, "log")));
	for (size_t i = 0; i < json_count(ports); i++) {
		json_object *o = json_object_array_get_idx(ports, i);

		json_put_flag(o, "passes", is(o, "verdict", "accepted"));
		json_put_flag(o, "shut", is(o, "verdict", "dropped") ||
			      is(o, "verdict", "rejected"));
	}
}

void dress_address(struct exchange *x, json_object *data)
{
	const struct check *check = check_find("ip_blocked");

	json_put_text(data, "ip", exchange_field(x, "ip"));
	json_put_text(data, "who", check ? check->who : NULL);
	dress_address_view(json_member(data, "address"));
}

void dress_change(struct exchange *x, json_object *data)
{
	(void)x;
	dress_address_view(json_member(data, "address"));
}
