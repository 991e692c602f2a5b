#include "base/json.h"
#include "render/view_zone.h"

static json_object *view_set(const struct mx_set *s)
{
	struct arena a = ARENA_INIT;
	json_object *o;

	if (s->status == DNS_UNASKED)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "mx", mx_set_text(&a, s));
	json_object_object_add(o, "serial", s->apex ?
			       json_object_new_int64(s->serial) : NULL);
	json_put_text(o, "zone", s->apex);
	arena_clear(&a);
	return o;
}

static json_object *view_server(const struct name_server *s)
{
	static const char *const states[] = {
		[SERVER_UNASKED] = "unasked", [SERVER_SILENT] = "silent",
		[SERVER_LAME] = "lame", [SERVER_ANSWERS] = "answers",
	};
	json_object *o = json_object_new_object();
	char text[IP_TEXT_MAX];

	json_put_text(o, "name", s->name);
	json_put_text(o, "address", ip_text(text, &s->ip));
	json_put_flag(o, "ours", s->ours);
	json_put_text(o, "state", states[s->state]);
	json_object_object_add(o, "says", view_set(&s->says));
	return o;
}

json_object *view_zone(const struct zone *z)
{
	json_object *o, *servers;

	if (!z)
		return NULL;
	o = json_object_new_object();
	servers = json_object_new_array();
	for (size_t i = 0; i < z->nservers; i++)
		json_object_array_add(servers, view_server(&z->servers[i]));
	json_object_object_add(o, "servers", servers);
	json_put_text(o, "keeper", z->keeper);
	json_object_object_add(o, "delegated", view_set(&z->delegated));
	json_put_text(o, "why", z->why);
	json_object_object_add(o, "here", view_set(&z->here));
	json_object_object_add(o, "resolver", view_set(&z->resolver));
	return o;
}
