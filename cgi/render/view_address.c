#include <stdio.h>

#include "base/json.h"
#include "render/view.h"

static json_object *view_net(const struct fw_net *net)
{
	char from[IP_TEXT_MAX], to[IP_TEXT_MAX], both[2 * IP_TEXT_MAX + 2];

	ip_text(from, &net->from);
	if (ip_equal(&net->from, &net->to))
		return json_object_new_string(from);
	snprintf(both, sizeof(both), "%s-%s", from, ip_text(to, &net->to));
	return json_object_new_string(both);
}

static json_object *view_ports(const struct port_list *l)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < l->n; i++) {
		char text[24];

		if (l->ranges[i].from == l->ranges[i].to)
			snprintf(text, sizeof(text), "%u", l->ranges[i].from);
		else
			snprintf(text, sizeof(text), "%u-%u", l->ranges[i].from,
				 l->ranges[i].to);
		json_object_array_add(list, json_object_new_string(text));
	}
	return list;
}

static json_object *view_ban(const struct ban *b, const struct ban_verdict *v)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "list", ban_list_name(b->list));
	json_put_text(o, "file", b->file);
	json_object_object_add(o, "line", b->line ? json_object_new_int64(b->line) : NULL);
	json_put_flag(o, "blocks", ban_list_blocks(b->list));
	json_put_flag(o, "decides", b == v->blocks || b == v->lets);
	json_object_object_add(o, "net", view_net(&b->net));
	json_object_object_add(o, "ports", view_ports(&b->ports));
	json_put_text(o, "direction", b->out ? "out" : "in");
	json_put_text(o, "since", b->since);
	json_put_text(o, "until", b->until);
	json_put_text(o, "text", b->text);
	return o;
}

static json_object *view_rule(const struct fw_place *p)
{
	json_object *o;

	if (!p->chain)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "tool", fw_origin_name(p->chain->origin));
	json_put_text(o, "table", p->chain->table);
	json_put_text(o, "chain", p->chain->name);
	json_put_text(o, "rule", p->rule ? p->rule->text : NULL);
	return o;
}

static json_object *view_port(const struct address_port *p)
{
	json_object *o = json_object_new_object();

	json_put_number(o, "port", p->port);
	json_put_text(o, "verdict", fw_verdict_name(p->answer.verdict));
	json_object_object_add(o, "by", view_rule(&p->answer.by));
	json_put_text(o, "why", p->answer.why);
	return o;
}

static json_object *view_unread(const struct facts *f)
{
	json_object *list = json_object_new_array();

	for (int i = 0; i < NBAN_LISTS; i++) {
		const struct ban_source *s = &f->blocking.bans.source[i];
		json_object *o;

		if (!s->asked || !s->why)
			continue;
		o = json_object_new_object();
		json_put_text(o, "list", ban_list_name((enum ban_list)i));
		json_put_text(o, "why", s->why);
		json_put_flag(o, "part", s->part);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *view_client(const struct known_client *c)
{
	json_object *o;

	if (!c)
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "last", view_time(c->last));
	json_put_text(o, "who", c->who);
	return o;
}

json_object *view_address(const struct facts *f, const struct address_look *l)
{
	static const char *const states[] = {
		[ADDRESS_FREE] = "free", [ADDRESS_BLOCKED] = "blocked",
		[ADDRESS_UNKNOWN] = "unknown",
	};
	json_object *o = json_object_new_object(), *bans = json_object_new_array();
	json_object *ports = json_object_new_array(), *log = json_object_new_array();
	char text[IP_TEXT_MAX];

	json_put_text(o, "ip", ip_text(text, &l->ip));
	json_put_flag(o, "own", l->own);
	json_put_text(o, "state", states[l->state]);
	json_put_text(o, "why", l->why);
	for (size_t i = 0; i < l->bans.nall; i++)
		json_object_array_add(bans, view_ban(l->bans.all[i], &l->bans));
	json_object_object_add(o, "entries", bans);
	json_put_flag(o, "csf_off", l->bans.csf_off);
	json_object_object_add(o, "unread", view_unread(f));
	for (size_t i = 0; l->rules_known && i < ADDRESS_PORTS; i++)
		json_object_array_add(ports, view_port(&l->port[i]));
	json_object_object_add(o, "ports", ports);
	json_put_text(o, "ports_why", l->rules_known ? NULL : f->source[SOURCE_FIREWALL].why);
	json_object_object_add(o, "customer", view_client(l->client));
	for (size_t i = 0; i < l->nlog; i++)
		json_object_array_add(log, json_new_text(l->log[i]));
	json_object_object_add(o, "log", log);
	json_put_text(o, "log_why", l->log_why);
	return o;
}
