#include "base/json.h"
#include "mail/filter_view.h"
#include "mail/ways_in.h"
#include "render/view_server.h"

static void add_row(json_object *list, const char *key, const char *who,
		    unsigned port, int family, enum fw_verdict verdict)
{
	json_object *o = json_object_new_object();

	json_put_text(o, key, who);
	json_put_number(o, "port", port);
	json_put_text(o, "family", family == 4 ? "IPv4" : "IPv6");
	json_put_text(o, "verdict", fw_verdict_name(verdict));
	json_object_array_add(list, o);
}

static json_object *view_in(const struct facts *f, const struct ip *from)
{
	json_object *list = json_object_new_array();
	struct way_in ways[WAYS_IN_MAX];
	size_t n = ways_in(f, from, ways);
	char text[IP_TEXT_MAX] = "";

	if (from)
		ip_text(text, from);
	for (size_t i = 0; i < n; i++)
		add_row(list, "from", ways[i].named ? text : "anyone", ways[i].port,
			ways[i].family, ways[i].verdict);
	return list;
}

static void put_user(json_object *list, const struct facts *f, const struct user_class *u)
{
	static const uint16_t ports[] = { 25, 465, 587 };
	struct fw_answer x;

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		for (int family = 4; family <= 6; family += 2) {
			if (!server_has_family(f, family))
				continue;
			filter_out(f, u, family, ports[i], &x);
			add_row(list, "user", u->name, ports[i], family, x.verdict);
		}
}

json_object *view_server(const struct facts *f, const struct ip *from,
			 const char *account)
{
	const struct system_user *user = account ? blocking_user(&f->blocking, account) : NULL;
	const struct user_class root = root_class();
	json_object *o = json_object_new_object(), *out = json_object_new_array();

	put_user(out, f, &root);
	if (user)
		put_user(out, f, &(struct user_class){ user->name, user->uid, user->gid, 1 });
	json_object_object_add(o, "in", view_in(f, from));
	json_object_object_add(o, "out", out);
	return o;
}
