#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "core/mute.h"
#include "engine/ask.h"
#include "engine/change.h"
#include "http/app_exchange.h"
#include "http/pages.h"
#include "mail/settings.h"
#include "render/view_settings.h"

/* Relay Doctor's own settings, and findings that are muted, which is one of them. */

#define VERB "set_own"
#define DAYS_USUAL 30
#define DAYS_MAX 366
#define REASON_MAX 120
#define NO_LINE "absent"
#define BARE_LINE "set"

static int ask_settings(json_object **out, struct err *e)
{
	json_object *q = json_object_new_object();
	int rc;

	json_put_text(q, "op", "settings");
	rc = scan_ask(q, NULL, NULL, out, e);
	json_object_put(q);
	return rc;
}

int run_settings(struct exchange *x, json_object **data, struct err *e)
{
	json_object *o;

	if (ask_settings(&o, e))
		return -1;
	*data = json_object_new_object();
	json_object_object_add(*data, "settings", o);
	exchange_put_nonce(x, *data, "set", NULL);
	return 0;
}

/* ---- a mute in what was scanned -------------------------------------------- */

void mute_snapshot(const struct exchange *x, json_object *change)
{
	const char *name = json_text(change, "name"), *state = json_text(change, "state");
	const char *value = json_text(change, state && !strcmp(state, "UNDONE") ?
				      "before" : "value");
	json_object *muted;
	struct err ignored;	/* the next scan says it anyway */

	if (!name || strncmp(name, "mute:", 5) || !value)
		return;
	muted = view_mute(name + 5, value, x->rq->arena);
	snapshot_mute(x->app->store, name + 5, muted, &ignored);
	json_object_put(muted);
}

/* ---- one setting ------------------------------------------------------------ */

/* One line, which settings_next would read as a setting. */
struct wish {
	const char *key, *about;	/* about "": of those that stand once */
	const char *expect, *value;	/* as the helper has them */
};

static int check(const struct exchange *x, const struct wish *w, struct err *e)
{
	const char *line = arena_printf(x->rq->arena, "%s = %s %s", w->key, w->about,
			strcmp(w->value, BARE_LINE) ? w->value : "");
	struct settings s;
	struct setting one;

	if (!strcmp(w->value, NO_LINE))
		return 0;
	settings_init(&s, slice_of(line));
	if (!settings_next(&s, &one) || !one.why)
		return 0;
	return err_set(e, ERR_INPUT, "%s: %s", w->key, one.why);
}

static int set(struct exchange *x, const struct wish *w, json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	const char *name = *w->about ? arena_printf(x->rq->arena, "%s:%s", w->key, w->about) :
		w->key;
	struct priv_reply done, kept;
	int rc;

	if (check(x, w, e) || exchange_open_identified(x, &c, e))
		return -1;
	rc = priv_ask(&c, VERB, name, w->expect, w->value, -1, &done, NULL, e) ||
		priv_ask(&c, "keep", done.change, NULL, NULL, -1, &kept, NULL, e) ? -1 : 0;
	*data = rc ? NULL : change_entry(&c, done.change, e);
	priv_close(&c);
	if (!*data)
		return -1;
	mute_snapshot(x, *data);
	exchange_complete_change(x, *data);
	return 0;
}

/* As a form says it: nothing is "set" where a word is all there is to say. */
static const char *value_of(const struct exchange *x)
{
	const char *value = exchange_field(x, "value");

	if (exchange_field(x, "remove"))
		return NO_LINE;
	return value ? value : exchange_field(x, "about") ? BARE_LINE : NO_LINE;
}

int run_set(struct exchange *x, json_object **data, struct err *e)
{
	const char *about = exchange_field(x, "about"), *expect = exchange_field(x, "expect");
	const struct wish w = {
		.key = exchange_field(x, "key"),
		.about = about ? about : "",
		.expect = expect ? expect : NO_LINE,
		.value = value_of(x),
	};

	*data = NULL;
	return set(x, &w, data, e);
}

/* ---- a mute ------------------------------------------------------------------ */

/* The line that is there already, as of a mute that is over. */
static const char *present(struct exchange *x, json_object *settings, const char *id)
{
	json_object *list = json_member(settings, "mute");

	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);
		const char *about = json_text(o, "about");

		if (about && !strcmp(about, id))
			return arena_strdup(x->rq->arena, json_text(o, "expect"));
	}
	return NO_LINE;
}

static const char *day_in(struct arena *a, long days)
{
	time_t when = time(NULL) + days * 86400;
	char text[16] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return arena_strdup(a, text);
}

int run_mute(struct exchange *x, json_object **data, struct err *e)
{
	const char *id = exchange_field(x, "id"), *reason = exchange_field(x, "reason");
	long days = fields_number(&x->fields, "days", DAYS_USUAL);
	const struct snapshot_row *row = visible_finding(x, id);
	struct wish w = { .key = "mute", .about = id };
	json_object *settings;
	char mark[MUTE_MARK];

	*data = NULL;
	if (!row)
		return exchange_hide(e);
	if (days > DAYS_MAX || strlen(reason) > REASON_MAX)
		return err_set(e, ERR_INPUT, "a finding is muted for %d days at most, and the reason has %d bytes at most",
			       DAYS_MAX, REASON_MAX);
	if (ask_settings(&settings, e))
		return -1;
	w.expect = present(x, settings, id);
	json_object_put(settings);
	w.value = arena_printf(x->rq->arena, "until %s by %s seen %s because %s",
			       day_in(x->rq->arena, days), x->rq->login,
			       mute_mark(mark, row->severity, row->text), reason);
	return set(x, &w, data, e);
}

/* ---- the page ------------------------------------------------------------------ */

/* Settings that may stand more than once, each with a form for another one. */
static const struct group {
	const char *key, *title, *help, *about, *example, *value;
} groups[] = {
	{ "gateway", "Mail gateways",
	  "Filtering services that take a domain’s mail first and hand it on to this server, by the end of their host names. A domain behind one stays local, as behind the services that Relay Doctor knows.",
	  "End of the host name", "filter.example.net", "What to call it" },
	{ "address", "Addresses that are this server’s, too",
	  "The public side of a NAT, or a mail node of the cluster: what has no interface here, but is where this server’s mail arrives. A mail exchanger there counts as this server.",
	  "IP address", "198.51.100.7", NULL },
	{ "probe_to", "Whom probes connect to",
	  "Two hosts of either family at most. Without any, those that took mail last. A probe says QUIT to them and nothing else.",
	  "IP address", "198.51.100.9", NULL },
	{ "one_call", "What automation may do without a look at the preview",
	  "A fix that the API may plan and apply in one call (POST v1/fix); each call is written to the history and can be undone. Only some fixes can be named; relaydoctor fixes lists them.",
	  "Id of the fix", "set_routing", NULL },
};

static const struct span {
	const char *key, *title, *otherwise;
} spans[] = {
	{ "scan_every", "The server scans itself", "24h" },
	{ "scan_on_change", "… and when its domain lists were changed and then left alone for", "60s" },
	{ "probe_every", "A scan makes a probe out", "never" },
	{ "api_rate", "Calls of the API that a login may make a minute", "600" },
};

static json_object *view_groups(json_object *settings)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		const struct group *g = &groups[i];
		json_object *o = json_object_new_object();

		json_put_text(o, "group", g->key);
		json_put_text(o, "title", g->title);
		json_put_text(o, "help", g->help);
		json_put_text(o, "ask_about", g->about);
		json_put_text(o, "example", g->example);
		json_put_text(o, "ask_value", g->value);
		json_object_object_add(o, "lines", json_object_get(json_member(settings, g->key)));
		json_put_number(o, "nlines", (int64_t)json_count(json_member(settings, g->key)));
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *view_spans(json_object *settings)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
		json_object *o = json_object_new_object();

		json_put_text(o, "span", spans[i].key);
		json_put_text(o, "title", spans[i].title);
		json_put_text(o, "otherwise", spans[i].otherwise);
		json_put_text(o, "present", json_text(json_member(settings, spans[i].key),
						      "expect"));
		json_object_array_add(list, o);
	}
	return list;
}

/* A title of its own is shown; that a line is there alone says nothing. */
static void put_titles(json_object *lines)
{
	for (size_t i = 0; i < json_count(lines); i++) {
		json_object *o = json_object_array_get_idx(lines, i);
		const char *s = json_text(o, "expect");

		json_put_text(o, "called", s && strcmp(s, BARE_LINE) ? s : NULL);
	}
}

void dress_settings(struct exchange *x, json_object *data)
{
	json_object *s = json_member(data, "settings");

	(void)x;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		put_titles(json_member(s, groups[i].key));
	json_object_object_add(data, "groups", view_groups(s));
	json_object_object_add(data, "spans", view_spans(s));
	json_object_object_add(data, "mutes", json_object_get(json_member(s, "mute")));
	json_put_number(data, "nmutes", (int64_t)json_count(json_member(s, "mute")));
	json_object_object_add(data, "faults", json_object_get(json_member(s, "faults")));
	json_put_number(data, "nfaults", (int64_t)json_count(json_member(s, "faults")));
}
