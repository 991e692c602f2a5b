#include "base/json.h"
#include "render/view_relay.h"

#define NEVER "Not judged, as it comes before Exim or after the recipients: firewalls, cPHulk, limits of connections, and the message itself."

static const char *verdict(const struct bh_answer *x)
{
	return bh_accepts(x) ? "accepted" : x->code >= 500 ? "refused" : "deferred";
}

static json_object *decision(const struct bh_decision *d)
{
	json_object *o;

	if (!d->verb)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "acl", d->acl);
	json_put_text(o, "verb", d->verb);
	json_put_text(o, "file", d->file);
	json_put_number(o, "line", d->line);
	json_put_text(o, "asks", *d->asks ? d->asks : NULL);
	json_put_text(o, "list", d->matched);
	return o;
}

static json_object *recipient(const char *address, const struct bh_answer *x)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "address", address);
	json_put_text(o, "verdict", verdict(x));
	json_put_text(o, "stage", bh_stage_name(x->stage));
	json_put_number(o, "code", x->code);
	json_put_text(o, "reply", x->text);
	json_put_text(o, "because", bh_by_name(x->decision.by));
	json_object_object_add(o, "decided_by", decision(&x->decision));
	return o;
}

static json_object *limits(const struct relay_answer *x)
{
	json_object *list = json_object_new_array();

	for (int l = 0; l < RELAY_LIMITS; l++) {
		json_object *o;

		if (!x->limit[l])
			continue;
		o = json_object_new_object();
		json_put_text(o, "id", relay_limit_name((enum relay_limit)l));
		json_put_text(o, "text", relay_limit_text((enum relay_limit)l));
		json_object_array_add(list, o);
	}
	return list;
}

json_object *view_relay(const struct relay_wish *wish, const struct relay_answer *x)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	char client[IP_TEXT_MAX], server[IP_TEXT_MAX];
	bool all = true;

	for (size_t i = 0; i < x->session.n; i++) {
		all = all && bh_accepts(&x->session.answer[i]);
		json_object_array_add(list, recipient(wish->recipients[i],
						      &x->session.answer[i]));
	}
	json_put_text(o, "schema", "relaydoctor/1");
	json_put_text(o, "client", ip_text(client, &wish->client));
	json_put_text(o, "user", wish->user);
	json_put_number(o, "port", wish->port);
	json_put_text(o, "server", ip_text(server, &x->server));
	json_put_text(o, "sender", wish->sender);
	json_put_flag(o, "accepted", all);
	json_object_object_add(o, "recipients", list);
	json_object_object_add(o, "limits", limits(x));
	json_put_text(o, "never", NEVER);
	return o;
}
