#include <stdio.h>
#include <string.h>

#include "base/json.h"
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

/* Two passes through the same hosts are no circle yet, unless the text says so. */
static void add_round(json_object *list, const struct explanation *x)
{
	const struct received_round *r = &x->round;
	char text[800];

	if (r->times < RECEIVED_ROUND && (!r->times || x->cause.class != CAUSE_LOOP))
		return;
	snprintf(text, sizeof(text), "The message went from %s to %s %u times: it leaves one of "
		 "the two and comes back to it, a loop through the outside. Whoever sent it could "
		 "have written all but the newest of these lines.", r->from, r->by, r->times);
	add_evidence(list, "Received lines of the message", text);
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
	add_round(list, x);
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

static json_object *fix_of(const struct finding *x)
{
	json_object *o;

	if (!x || !x->fix)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "id", x->fix);
	json_put_text(o, "finding", x->id);
	return o;
}

static json_object *here_json(const struct explanation_here *here, const char *why)
{
	json_object *o = json_object_new_object(), *missing = json_object_new_array();

	for (size_t i = 0; i < here->nmissing; i++)
		json_object_array_add(missing, json_new_text(here->missing[i]));
	if (why)
		json_object_array_add(missing, json_new_text(why));
	json_put_flag(o, "asked", here->asked);
	json_object_object_add(o, "missing", missing);
	return o;
}

json_object *explanation_json(const struct explanation *x,
			      const struct explanation_here *here, const char *why)
{
	json_object *o = json_object_new_object(), *steps = json_object_new_array();
	struct explanation_here alone;
	json_object *list = evidence(x);

	explanation_here_init(&alone, x);
	if (!here)
		here = &alone;
	for (size_t i = 0; i < HELP_STEPS && here->steps[i]; i++)
		json_object_array_add(steps, json_new_text(here->steps[i]));
	for (size_t i = 0; i < here->n; i++)
		add_evidence(list, here->evidence[i].source, here->evidence[i].text);
	json_put_text(o, "class", cause_class_name(here->cause.class));
	json_put_text(o, "rule", *here->cause.rule ? here->cause.rule : NULL);
	json_put_text(o, "who", cause_who_name(here->cause.who));
	json_put_text(o, "title", here->title);
	json_put_text(o, "text", here->text);
	json_object_object_add(o, "evidence", list);
	json_object_object_add(o, "steps", steps);
	json_object_object_add(o, "fix", fix_of(here->finding));
	json_put_text(o, "finding", here->finding ? here->finding->id : NULL);
	json_object_object_add(o, "here", here_json(here, why));
	json_object_object_add(o, "read", parts(x));
	return o;
}
