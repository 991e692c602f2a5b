#include <string.h>

#include "base/json.h"
#include "mail/cause_help.h"
#include "render/explanation.h"

static void add_evidence(json_object *list, const char *source, const char *text)
{
	json_object *o;

	if (!text)
		return;
	o = json_object_new_object();
	json_put_text(o, "source", source);
	json_put_text(o, "text", text);
	json_object_array_add(list, o);
}

static json_object *evidence(const struct explanation *x)
{
	static const struct {
		const char *form, *source;
	} sources[] = { { "log", "the log line" }, { "bounce", "the bounce" } };
	json_object *list = json_object_new_array();
	const char *source = "the text";

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (!strcmp(sources[i].form, x->form))
			source = sources[i].source;
	add_evidence(list, source, x->said);
	return list;
}

static const char *side(const struct explanation *x)
{
	return x->place == PLACE_REMOTE ? "remote" : x->place == PLACE_LOOSE ? NULL : "local";
}

static json_object *parts(const struct explanation *x)
{
	const struct {
		const char *key, *value;
	} all[] = {
		{ "form", x->form }, { "side", side(x) }, { "reporting_host", x->reporter },
		{ "remote_host", x->remote }, { "recipient", x->recipient },
		{ "sender", x->sender }, { "client", x->client }, { "login", x->login },
		{ "message", x->msgid }, { "time", x->time },
	};
	json_object *o = json_object_new_object();

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		json_put_text(o, all[i].key, all[i].value);
	return o;
}

json_object *explanation_json(const struct explanation *x)
{
	const struct cause_help *h = cause_help(&x->cause);
	json_object *o = json_object_new_object(), *steps = json_object_new_array();

	for (size_t i = 0; i < HELP_STEPS && h->steps[i]; i++)
		json_object_array_add(steps, json_new_text(h->steps[i]));
	json_put_text(o, "class", cause_class_name(x->cause.class));
	json_put_text(o, "rule", *x->cause.rule ? x->cause.rule : NULL);
	json_put_text(o, "who", cause_who_name(x->cause.who));
	json_put_text(o, "title", h->title);
	json_put_text(o, "text", h->text);
	json_object_object_add(o, "evidence", evidence(x));
	json_object_object_add(o, "steps", steps);
	json_object_object_add(o, "fix", NULL);
	json_object_object_add(o, "read", parts(x));
	return o;
}
