#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "http/app_my.h"
#include "http/pages_words.h"
#include "http/words.h"

/* The account's own pages. Every text is the catalogue's: reasons that others
 * wrote stay behind, for they may name what belongs to others. */

static json_object *words_of(json_object *data)
{
	return json_member(data, "t");
}

static void say(struct exchange *x, json_object *words, json_object *o,
		const char *key, const char *prefix, const char *name,
		const struct words_value *values)
{
	json_put_text(o, key, name ? words_fill(x->rq->arena, words, prefix, name, values) :
		      NULL);
}

/* ---- the frame of a page ------------------------------------------------------ */

static json_object *view_places(const struct exchange *x, json_object *words)
{
	static const char *const places[] = {
		"mine", "my_explain", "my_setup", "my_address", "my_changes",
	};
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		json_object *o = json_object_new_object();

		json_put_text(o, "page", places[i]);
		json_put_text(o, "label", words_fill(x->rq->arena, words, "place_",
						     places[i], NULL));
		json_put_flag(o, "current", x->route && !strcmp(x->route->name, places[i]));
		json_object_array_add(list, o);
	}
	return list;
}

static void put_status(struct exchange *x, json_object *words, json_object *shell,
		       int status)
{
	const char *name = arena_printf(x->rq->arena, "%d", status);

	say(x, words, shell, "refused", "refused_", name, NULL);
	if (!json_text(shell, "refused"))
		say(x, words, shell, "refused", "refused_", "other", NULL);
}

/* Takes data over. status 200: nothing was refused. */
static void render(struct exchange *x, const char *template, json_object *words,
		   json_object *data, int status, struct response *rs)
{
	json_object *view = json_object_new_object(), *shell = json_object_new_object();
	struct err e;

	say(x, words, shell, "title", "title_", template + strlen("my_"), NULL);
	json_put_text(shell, "login", x->rq->login);
	json_put_flag(shell, "framed", x->rq->framed);
	json_put_text(shell, "refused", NULL);
	if (status != 200)
		put_status(x, words, shell, status);
	json_object_object_add(shell, "places", view_places(x, words));
	json_object_object_add(view, "shell", shell);
	json_object_object_add(view, "t", words);
	json_object_object_add(view, "data", data);
	rs->status = status;
	rs->content_type = "text/html; charset=utf-8";
	if (template_render(x->files->templates, template, view, x->app->mode, &rs->body, &e)) {
		log_line(LOG_LINE_ERROR, "page: %s", e.text);
		rs->status = 500;
		rs->content_type = "text/plain; charset=utf-8";
		rs->body.len = 0;
		rs->body.full = 0;
	}
	json_object_put(view);
}

void pages_my_answer(struct exchange *x, json_object *data, int status,
		     const struct err *why, struct response *rs)
{
	json_object *words = words_all(x->files->words);

	(void)why;
	json_object_object_add(data, "t", json_object_get(words));
	if (x->route->dress)
		x->route->dress(x, data);
	json_object_object_del(data, "t");
	render(x, x->route->template, words, data, status, rs);
}

/* Of an act nobody knows how far it came: unless it had not begun, the history
 * does. */
void pages_my_refuse(struct exchange *x, int status, struct response *rs)
{
	json_object *data = json_object_new_object();
	bool act = x->route && x->route->act, begun = status != 400 && status != 403 &&
		status != 404 && status != 409;

	json_put_flag(data, "unsure", act && begun);
	json_put_flag(data, "untouched", act && !begun);
	render(x, "my_refused", words_all(x->files->words), data, status, rs);
}

/* ---- the check ---------------------------------------------------------------- */

static bool is_word(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

/* What it means, what to do; where the account can do nothing, a letter. */
static void dress_finding(struct exchange *x, json_object *words, json_object *domain,
			  json_object *f)
{
	const char *mx = json_text(domain, "provider") ? json_text(domain, "provider") :
		json_text(domain, "mx");
	struct words_value values[] = {
		{ "domain", json_text(domain, "name") }, { "subject", json_text(f, "subject") },
		{ "mx", mx }, { "finding", json_text(f, "id") }, { "account", x->rq->login },
		{ "what", NULL }, { NULL, NULL },
	};
	const char *check = json_text(f, "check");

	say(x, words, f, "what", "check_", check, values);
	if (!json_text(f, "what"))
		say(x, words, f, "what", "check_", "other", values);
	values[5].value = json_text(f, "what");
	say(x, words, f, "todo", "do_", check, values);
	json_put_text(f, "letter", NULL);
	if (!json_text(f, "todo") && !json_text(f, "fix"))
		say(x, words, f, "letter", "letter_", "finding", values);
	json_put_flag(f, "bad", is_word(f, "severity", "critical") ||
		      is_word(f, "severity", "warning"));
}

static void dress_domain_row(struct exchange *x, json_object *words, json_object *d)
{
	json_object *checked = json_member(d, "checked");
	json_object *findings = json_member(checked, "findings");
	size_t n = json_count(findings);
	bool bad = false;

	for (size_t i = 0; i < n; i++) {
		json_object *f = json_object_array_get_idx(findings, i);

		dress_finding(x, words, checked, f);
		bad = bad || json_flag(f, "bad") == 1;
	}
	say(x, words, d, "way", "way_", json_text(d, "detected"), NULL);
	json_put_flag(d, "fine", checked && !n);
	json_put_flag(d, "bad", bad);
	json_put_flag(d, "unchecked", !checked);
	json_object_object_add(d, "findings", json_object_get(findings));
	json_object_object_del(d, "checked");
}

void dress_my_check(struct exchange *x, json_object *data)
{
	json_object *domains = json_member(data, "domains");

	for (size_t i = 0; i < json_count(domains); i++)
		dress_domain_row(x, words_of(data), json_object_array_get_idx(domains, i));
	json_put_number(data, "ndomains", (int64_t)json_count(domains));
}

/* ---- the rest ----------------------------------------------------------------- */

void dress_my_explain(struct exchange *x, json_object *data)
{
	json_object *answer = json_member(data, "answer"), *o, *words = words_of(data);
	const char *class = json_text(answer, "class");
	struct words_value values[] = {
		{ "account", x->rq->login }, { "text", json_text(data, "text") },
		{ "what", NULL }, { NULL, NULL },
	};

	if (!answer)
		return;
	o = json_object_new_object();
	say(x, words, o, "what", "cause_", class, NULL);
	if (!json_text(o, "what"))
		say(x, words, o, "what", "cause_", "unknown", NULL);
	say(x, words, o, "todo", "remedy_", class, NULL);
	values[2].value = json_text(o, "what");
	json_put_text(o, "letter", NULL);
	if (!json_text(o, "todo"))
		say(x, words, o, "letter", "letter_", "text", values);
	json_object_object_add(data, "answer", o);
}

static void dress_ways(json_object *setup, const char *which)
{
	json_object *ways = json_member(setup, which);

	for (size_t i = 0; i < json_count(ways); i++) {
		json_object *way = json_object_array_get_idx(ways, i);

		json_put_text(way, "server", json_text(setup, "host"));
		json_put_flag(way, "other", i > 0);
	}
}

void dress_my_setup(struct exchange *x, json_object *data)
{
	json_object *setup = json_member(data, "setup"), *domains = json_member(data, "domains");
	const char *name = json_text(data, "name");

	(void)x;
	for (size_t i = 0; i < json_count(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);

		json_put_flag(d, "current", name && is_word(d, "name", name));
	}
	dress_ways(setup, "incoming");
	dress_ways(setup, "outgoing");
}

void dress_my_address(struct exchange *x, json_object *data)
{
	const struct words_value values[] = {
		{ "account", x->rq->login }, { "ip", json_text(data, "ip") }, { NULL, NULL },
	};
	const char *state = json_text(data, "state") ? json_text(data, "state") : "unknown";
	json_object *words = words_of(data);

	json_put_flag(data, "bad", is_word(data, "state", "blocked") ||
		      is_word(data, "state", "shut"));
	json_put_flag(data, "free", is_word(data, "state", "free"));
	say(x, words, data, "verdict", "address_", state, values);
	say(x, words, data, "why", "address_why_", state, values);
	say(x, words, data, "letter", "letter_address_", state, values);
}

/* "local" and its like are cPanel's words; what a forwarder leads to stays. */
static void dress_value(struct exchange *x, json_object *words, json_object *o,
			const char *key, const char *label)
{
	const char *value = json_text(o, key);

	say(x, words, o, label, "value_", value ? value : "none", NULL);
	if (!json_text(o, label))
		json_put_text(o, label, value);
}

static void dress_entry(struct exchange *x, json_object *words, json_object *o)
{
	const char *verb = json_text(o, "verb");

	say(x, words, o, "act", "act_", verb ? verb : "other", NULL);
	if (!json_text(o, "act"))
		say(x, words, o, "act", "act_", "other", NULL);
	say(x, words, o, "state_label", "state_", json_text(o, "state"), NULL);
	pages_words_time(o, "at");
	dress_value(x, words, o, "before", "before_label");
	dress_value(x, words, o, "after", "after_label");
}

void dress_my_change(struct exchange *x, json_object *data)
{
	json_object *op = json_member(data, "op"), *words = words_of(data);

	if (!op) {
		dress_entry(x, words, data);
		return;
	}
	say(x, words, op, "act", "act_", json_text(op, "verb"), NULL);
	dress_value(x, words, op, "expect", "before_label");
	dress_value(x, words, op, "value", "after_label");
	say(x, words, data, "risk", "risk_", json_text(data, "fix"), NULL);
}

void dress_my_changes(struct exchange *x, json_object *data)
{
	json_object *changes = json_member(data, "changes");

	for (size_t i = 0; i < json_count(changes); i++)
		dress_entry(x, words_of(data), json_object_array_get_idx(changes, i));
}
