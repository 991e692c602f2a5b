#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "core/check.h"
#include "core/fix.h"
#include "http/app_my.h"
#include "http/pages.h"
#include "http/pages_words.h"
#include "render/diagram.h"
#include "render/diagram_path.h"

#define HISTORY_ROWS 200
#define ROWS_AT_WORK 8	/* of a job, shown while it goes on */

/* ---- the shell around every page --------------------------------------- */

static const struct {
	const char *page, *label;
	bool server;		/* what is the server's is no reseller's */
} places[] = {
	{ "overview", "Overview", false }, { "domains", "Domains", false },
	{ "explain", "Explain", false },
	{ "relay", "Would it be taken?", true },
	{ "ports", "Ports", true },
	{ "address", "Blocked address?", true },
	{ "history", "History", false }, { "settings", "Settings", true },
};

static json_object *view_places(const struct exchange *x)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		json_object *o;

		if (places[i].server && x->rq->door != DOOR_ADMIN)
			continue;
		o = json_object_new_object();
		json_put_text(o, "page", places[i].page);
		json_put_text(o, "label", places[i].label);
		json_put_flag(o, "current", x->route &&
			      !strcmp(x->route->name, places[i].page));
		json_object_array_add(list, o);
	}
	return list;
}

/* Which one of its kind the page shows, for the title of its window; or NULL.
 * A refusal names none: what is foreign and what is unknown look the same. */
static const char *about(const struct exchange *x)
{
	static const char *const fields[] = { "name", "finding", "id", "ip" };
	const char *s = NULL;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields) && !s; i++)
		s = exchange_field(x, fields[i]);
	return s;
}

/* An error's text stands alone on a page: a plain word at its beginning gets
 * its capital, a name (shop.example, /etc/localdomains) stays what it is. */
static const char *sentence(struct arena *a, const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	if (!n || !strchr(" ,:", text[n]))
		return text;
	return arena_printf(a, "%c%s", *text - 'a' + 'A', text + 1);
}

static json_object *view_shell(const struct exchange *x, const char *title,
			       const struct err *why)
{
	json_object *o = json_object_new_object();
	enum door door = x->rq->door;

	json_put_text(o, "title", title);
	json_put_text(o, "about", NULL);
	json_put_text(o, "login", x->rq->login);
	json_put_flag(o, "admin", door == DOOR_ADMIN);
	json_put_flag(o, "reseller", door == DOOR_RESELLER);
	json_put_flag(o, "user", door == DOOR_USER);
	json_object_object_add(o, "places", door == DOOR_USER ? NULL : view_places(x));
	json_put_text(o, "refused", why ? sentence(x->rq->arena, why->text) : NULL);
	json_object_object_add(o, "refresh", NULL);
	json_put_text(o, "here", NULL);
	json_put_text(o, "here_id", NULL);
	return o;
}

/* The drawing of what is refused about a domain, beside its numbers. */
static void put_chart(json_object *domain)
{
	if (json_object_is_type(domain, json_type_object))
		json_object_object_add(domain, "chart",
				       diagram_days(json_member(domain, "rejections")));
}

/* The drawings of where its addresses lead, and of the one that is asked for. */
static void put_drawing(json_object *data)
{
	json_object *path = json_member(data, "path"), *map = json_member(data, "map");

	if (map)
		json_object_object_add(map, "map_drawing", diagram_path(map));
	else if (json_member(data, "domain"))
		json_object_object_add(data, "map", NULL);
	if (path)
		json_object_object_add(path, "drawing", diagram_path(path));
	else if (json_member(data, "domain"))
		json_object_object_add(data, "path", NULL);
}

/* Takes data over. */
static int render(const struct exchange *x, const char *template,
		  json_object *shell, json_object *data, struct response *rs,
		  struct err *e)
{
	json_object *view = json_object_new_object();
	int rc;

	if (json_flag(data, "running") == 1) {
		json_put_number(shell, "refresh", 3);
		json_put_text(shell, "here", json_text(data, "here"));
		json_put_text(shell, "here_id", json_text(data, "here_id"));
	}
	put_chart(json_member(data, "domain"));
	put_drawing(data);
	pages_words(data);
	json_object_object_add(view, "shell", shell);
	json_object_object_add(view, "data", data);
	rs->content_type = "text/html; charset=utf-8";
	rc = template_render(x->files->templates, template, view, x->app->mode,
			     &rs->body, e);
	json_object_put(view);
	return rc;
}

/* A template of ours that fails is our fault: said plainly, without it. */
static void confess(const struct err *e, struct response *rs)
{
	log_line(LOG_LINE_ERROR, "page: %s", e->text);
	rs->status = 500;
	rs->content_type = "text/plain; charset=utf-8";
	rs->body.len = 0;
	rs->body.full = 0;
	buf_puts(&rs->body, "Relay Doctor could not draw this page. The reason is in the journal of its service.\n");
}

void pages_answer(struct exchange *x, json_object *data, int status,
		  const struct err *why, struct response *rs)
{
	json_object *shell;
	struct err e;

	if (x->rq->door == DOOR_USER) {
		pages_my_answer(x, data, status, why, rs);
		return;
	}
	shell = view_shell(x, x->route->title, why);
	json_put_text(shell, "about", about(x));
	if (x->route->dress)
		x->route->dress(x, data);
	rs->status = status;
	if (render(x, x->route->template, shell, data, rs, &e))
		confess(&e, rs);
}

/* ---- what single pages want beside their data -------------------------- */

/* "3 minutes ago"; NULL when the time is of no such form. */
static const char *age_of(struct arena *a, const char *when, time_t now)
{
	static const struct {
		long seconds;
		const char *unit;
	} units[] = {
		{ 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
	};
	struct tm tm = { 0 };
	const char *end = when ? strptime(when, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	long age;

	if (!end || *end)
		return NULL;
	age = (long)(now - timegm(&tm));
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (age >= units[i].seconds)
			return arena_printf(a, "%ld %s%s ago", age / units[i].seconds,
					    units[i].unit,
					    age / units[i].seconds == 1 ? "" : "s");
	return "just now";
}

void dress_overview(struct exchange *x, json_object *data)
{
	json_object *results = json_member(data, "results");
	const char *when = json_text(json_member(results, "server"), "scanned_at");

	json_object *scan = json_member(data, "scan");
	const char *error = json_text(scan, "error");

	json_put_text(data, "here", "overview");
	json_put_text(data, "age", age_of(x->rq->arena, when, time(NULL)));
	json_put_text(scan, "error", error ? sentence(x->rq->arena, error) : NULL);
}

/* "HOST" in a fix's row is for a person to fill in. */
static bool is_placeholder(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 'A' || s.p[i] > 'Z')
			return false;
	return s.n > 0;
}

static void put_value(json_object *list, const char *value, const char *present)
{
	json_object *one = json_object_new_object();

	json_put_text(one, "value", value);
	json_put_flag(one, "current", present && !strcmp(value, present));
	json_object_array_add(list, one);
}

/* The plan's own proposals for a parameter that a person fills in otherwise. */
static void put_proposed(json_object *list, json_object *instead, const char *key,
			 const char *present)
{
	for (size_t i = 0; i < json_count(instead); i++) {
		json_object *one = json_object_array_get_idx(instead, i);

		if (json_is(one, "param", key))
			put_value(list, json_text(one, "value"), present);
	}
}

/* One parameter of a fix, from "value=local|remote" in its row: its name, and
 * its values with the present one marked. */
static json_object *view_param(struct arena *a, struct slice text,
			       json_object *params, json_object *instead)
{
	struct slice values = text, name = slice_cut(&values, '=');
	const char *key = arena_strndup(a, name.p, name.n);
	const char *present = json_text(params, key);
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	if (is_placeholder(values)) {
		put_proposed(list, instead, key, present);
		json_put_flag(o, "typed", !json_count(list));
	} else {
		json_put_flag(o, "typed", false);
		while (values.n) {
			struct slice value = slice_cut(&values, '|');

			put_value(list, arena_strndup(a, value.p, value.n), present);
		}
	}
	json_put_text(o, "present", present);
	json_put_text(o, "param", key);
	json_object_object_add(o, "values", list);
	return o;
}

/* Forms have no nesting: what was chosen, as name and value. */
static json_object *view_chosen(json_object *params)
{
	json_object *list = json_object_new_array();

	if (!json_object_is_type(params, json_type_object))
		return list;
	json_object_object_foreach(params, key, v) {
		json_object *o = json_object_new_object();

		json_put_text(o, "param", key);
		json_put_text(o, "value", json_object_get_string(v));
		json_object_array_add(list, o);
	}
	return list;
}

/* Everything that may be asked of a fix; empty without one. */
static json_object *view_choices(struct arena *a, const char *id, json_object *params,
				 json_object *instead)
{
	const struct fix *fix = id ? fix_find(id) : NULL;
	struct slice rest = slice_of(fix ? fix->params : NULL);
	json_object *list = json_object_new_array();

	while (rest.n) {
		struct slice one = slice_trim(slice_cut(&rest, ','));

		json_object_array_add(list, view_param(a, one, params, instead));
	}
	return list;
}

void dress_preview(struct exchange *x, json_object *data)
{
	json_object *params = json_member(data, "params");

	json_object_object_add(data, "choices",
			       view_choices(x->rq->arena, json_text(data, "fix"), params,
					    json_member(data, "instead")));
	json_object_object_add(data, "chosen", view_chosen(params));
	json_put_flag(data, "offer", 0);	/* the choices are closed at first */
	json_put_number(data, "nchoices", (int64_t)json_count(json_member(data, "choices")));
	json_put_flag(data, "page_only", json_text(params, "fix") != NULL);
	dress_address_view(json_member(data, "address"));
}

/* The way of one address is there only where one was asked about. */
void dress_domain(struct exchange *x, json_object *data)
{
	(void)x;
	if (!json_member(data, "path"))
		json_object_object_add(data, "path", NULL);
}

void dress_bulk(struct exchange *x, json_object *data)
{
	json_put_text(data, "here", "bulk");
	json_put_text(data, "error", json_text(data, "error") ?
		      sentence(x->rq->arena, json_text(data, "error")) : NULL);
}

static bool is_odd(json_object *row)
{
	const char *text = json_text(row, "text"), *state = json_text(row, "state");

	return (text && *text) || json_text(row, "still") ||
		(state && !strcmp(state, "FAILED"));
}

/* Those that want somebody's eye come first. While the job is at work there are
 * beside them only the newest that are through. */
static void part_rows(json_object *data)
{
	json_object *rows = json_member(data, "rows");
	json_object *bad = json_object_new_array(), *good = json_object_new_array();
	bool running = json_flag(data, "running") == 1;
	size_t n = json_count(rows);

	for (size_t i = 0; i < n; i++) {
		json_object *row = json_object_array_get_idx(rows, running ? n - 1 - i : i);
		const char *state = json_text(row, "state");

		if (running && state && !strcmp(state, "PREPARED"))
			continue;
		if (is_odd(row))
			json_object_array_add(bad, json_object_get(row));
		else if (!running || json_count(good) < ROWS_AT_WORK)
			json_object_array_add(good, json_object_get(row));
	}
	json_put_number(data, "bad_rows", (int64_t)json_count(bad));
	json_put_number(data, "good_rows", (int64_t)json_count(good));
	json_object_object_add(data, "bad", bad);
	json_object_object_add(data, "good", good);
	json_object_object_del(data, "rows");
}

void dress_job(struct exchange *x, json_object *data)
{
	bool undoing = json_flag(data, "undoing") == 1;
	int64_t total = json_number(data, "total", 0);

	(void)x;
	json_put_text(data, "here", "job");
	json_put_text(data, "here_id", json_text(data, "id"));
	json_put_number(data, "at_row", undoing ? json_number(data, "undone", 0) :
			json_number(data, "done", 0) + json_number(data, "failed", 0));
	json_put_number(data, "of_rows", undoing ? total - json_number(data, "failed", 0) -
			json_number(data, "left", 0) : total);
	part_rows(data);
}

void dress_history(struct exchange *x, json_object *data)
{
	json_object *changes = json_member(data, "changes");
	size_t n = json_count(changes);

	(void)x;
	json_put_number(data, "older", n > HISTORY_ROWS ? (int64_t)(n - HISTORY_ROWS) : 0);
	if (n > HISTORY_ROWS)
		json_object_array_del_idx(changes, HISTORY_ROWS, n - HISTORY_ROWS);
}

/* ---- refusals ---------------------------------------------------------- */

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = {
		{ 400, "That request was not understood" },
		{ 403, "Refused" },
		{ 404, "Not found" },
		{ 405, "That page is reached by its button only" },
		{ 409, "Something changed meanwhile" },
		{ 413, "Too large" },
		{ 503, "Something does not answer" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "That did not work";
}

static bool is_act(const struct exchange *x)
{
	return x->route && x->route->act;
}

/* A plan that was refused for what was asked may be had with another choice. */
static void put_way_on(const struct exchange *x, const struct err *why,
		       json_object *data)
{
	const char *finding = exchange_field(x, "finding");
	struct slice rest = slice_of(finding), id = slice_cut(&rest, ':');
	const struct check *check = finding ?
		check_find(arena_strndup(x->rq->arena, id.p, id.n)) : NULL;
	json_object *params = fields_under(&x->fields, "params.");

	json_put_text(data, "finding", finding);
	json_object_object_add(data, "choices",
			       view_choices(x->rq->arena, check ? check->fix : NULL,
					    params, NULL));
	json_put_flag(data, "offer", check && check->fix &&
		      (why->code == ERR_INPUT || why->code == ERR_DENIED));
	json_put_flag(data, "asks", json_flag(data, "offer") == 1 &&
		      why->code == ERR_INPUT && !is_act(x));
	json_object_put(params);
}

/* An act that was refused for one of these reasons had not begun; another may
 * have failed half-way, which the journal knows. */
static void put_outcome(const struct exchange *x, const struct err *why,
			json_object *data)
{
	bool before = why->code == ERR_INPUT || why->code == ERR_DENIED ||
		why->code == ERR_STALE;

	json_put_flag(data, "untouched", is_act(x) && before);
	json_put_flag(data, "unsure", is_act(x) && !before);
}

void pages_refuse(struct exchange *x, int status, const struct err *why,
		  struct response *rs)
{
	json_object *data;
	const char *title;
	struct err e;

	if (x->rq->door == DOOR_USER) {
		pages_my_refuse(x, status, rs);
		return;
	}
	data = json_object_new_object();
	put_way_on(x, why, data);
	put_outcome(x, why, data);
	title = json_flag(data, "asks") == 1 ? "The fix needs to know something" :
		title_of(status);
	json_put_text(data, "title", title);
	json_put_text(data, "text", sentence(x->rq->arena, why->text));
	json_put_flag(data, "silent", status == 503);
	rs->status = status;
	if (render(x, "refused", view_shell(x, title, NULL), data, rs, &e))
		confess(&e, rs);
}
