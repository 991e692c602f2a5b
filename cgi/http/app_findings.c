#include <string.h>

#include "base/json.h"
#include "core/check.h"
#include "core/fix.h"
#include "http/app_exchange.h"

/* ---- which findings ---------------------------------------------------- */

struct wish {
	const char *severity;	/* NULL: all */
	const char *q;		/* lower case, somewhere in the sentence or the id; NULL: all */
	const char *show;	/* "in", "out": that mail's; "new", "muted"; NULL: all */
	bool muted_too;		/* those that are muted stand among the others */
};

#define NWAYS 2

struct selection {
	/* Of all that this exchange may see: */
	size_t visible[SEV_INFO + 1], way[NWAYS][SEV_INFO + 1];
	size_t all, new, muted;
	uint64_t mails;			/* of what is critical or a warning, */
	unsigned days;			/* within so many */
	const struct snapshot_row *worst;
	size_t matching;
	size_t bulk;	/* of those that match: their fix may be applied to many */
};

static bool is_shown(const struct wish *w, const struct snapshot_row *r)
{
	const char *show = w->show;

	if (show && !strcmp(show, "muted"))
		return r->muted;
	if (!show || r->muted)
		return !r->muted || w->muted_too;
	return !strcmp(show, "in") ? r->ways & WAY_IN :
		!strcmp(show, "out") ? r->ways & WAY_OUT : r->is_new;
}

static bool matches(const struct wish *w, const struct snapshot_row *r)
{
	return is_shown(w, r) &&
		(!w->severity || !strcmp(w->severity, severity_name(r->severity))) &&
		(!w->q || strstr(r->words, w->q));
}

/* The row that comes first among the worst has the most mails against it. */
static bool is_worse(const struct snapshot_row *r, const struct snapshot_row *than)
{
	return !than || r->severity < than->severity ||
		(r->severity == than->severity && r->mails > than->mails);
}

static void count(struct selection *sel, const struct snapshot_row *r)
{
	sel->muted += r->muted;
	if (r->muted)
		return;
	sel->visible[r->severity]++;
	sel->all++;
	sel->new += r->is_new;
	for (int i = 0; i < NWAYS; i++)
		sel->way[i][r->severity] += (r->ways & 1u << i) != 0;
	if (r->severity > SEV_WARNING)
		return;
	sel->mails += r->mails;
	if (r->days > sel->days)
		sel->days = r->days;
	if (is_worse(r, sel->worst))
		sel->worst = r;
}

/* Puts the matching rows from the given one on, at most `most`, into list. */
static struct selection choose(const struct exchange *x, const struct wish *w,
			       size_t from, size_t most, json_object *list)
{
	const struct snapshot *s = x->snapshot;
	struct selection sel = { .all = 0 };

	for (size_t i = 0; s && i < s->n; i++) {
		if (!exchange_may_see(x, s->rows[i].reseller))
			continue;
		count(&sel, &s->rows[i]);
		if (!matches(w, &s->rows[i]))
			continue;
		if (sel.matching >= from && sel.matching - from < most)
			json_object_array_add(list, snapshot_parse(s->rows[i].json));
		sel.matching++;
		sel.bulk += s->rows[i].bulk;
	}
	return sel;
}

/* A word that is none of these shows all. */
static const char *show_of(const struct exchange *x)
{
	static const char *const words[] = { "in", "out", "new", "muted" };
	const char *s = exchange_field(x, "show");

	for (size_t i = 0; s && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(s, words[i]))
			return words[i];
	return NULL;
}

static struct wish wish_of(const struct exchange *x)
{
	const char *q = exchange_field(x, "q");

	return (struct wish){
		.severity = exchange_field(x, "severity"), .show = show_of(x),
		.q = q ? text_lower(arena_strdup(x->rq->arena, q)) : NULL,
	};
}

json_object *bulk_findings(const struct exchange *x)
{
	json_object *list = json_object_new_array();
	const struct snapshot *s = x->snapshot;
	struct wish w = wish_of(x);

	for (size_t i = 0; s && i < s->n && json_count(list) <= FIELDS_LIST_MAX; i++)
		if (s->rows[i].bulk && exchange_may_see(x, s->rows[i].reseller) &&
		    matches(&w, &s->rows[i]))
			json_object_array_add(list, json_new_text(s->rows[i].id));
	return list;
}

const struct snapshot_row *visible_finding(const struct exchange *x, const char *id)
{
	const struct snapshot *s = x->snapshot;

	for (size_t i = 0; s && i < s->n; i++)
		if (!strcmp(s->rows[i].id, id))
			return exchange_may_see(x, s->rows[i].reseller) ?
				&s->rows[i] : NULL;
	return NULL;
}

/* ---- the findings object ----------------------------------------------- */

/* Takes off what is gone of accounts that are not the reseller's. */
static void limit_gone(const struct exchange *x, json_object *o)
{
	json_object *all = json_member(o, "gone"), *few = json_object_new_array();

	for (size_t i = 0; i < json_count(all); i++) {
		json_object *one = json_object_array_get_idx(all, i);

		if (exchange_may_see(x, json_text(one, "reseller")))
			json_object_array_add(few, json_object_get(one));
	}
	json_object_object_add(o, "gone", few);
}

/* A reseller reads what concerns the own accounts: the server's addresses, how
 * many domains it has and why a source of its failed are not among it. */
static void limit_head(const struct exchange *x, json_object *o)
{
	json_object *sources = json_member(o, "sources");

	if (x->rq->door == DOOR_ADMIN)
		return;
	limit_gone(x, o);
	json_object_object_add(json_member(o, "server"), "addresses",
			       json_object_new_array());
	json_put_text(json_member(o, "server"), "domains", NULL);
	json_put_text(json_member(o, "summary"), "domains", NULL);
	for (size_t i = 0; i < json_count(sources); i++)
		json_put_text(json_object_array_get_idx(sources, i), "why", NULL);
}

static void put_counts(json_object *summary, const struct selection *sel)
{
	for (int i = SEV_CRITICAL; i <= SEV_INFO; i++)
		json_put_number(summary, severity_name((enum severity)i),
				(int64_t)sel->visible[i]);
	json_put_number(summary, "muted", (int64_t)sel->muted);
}

/* The snapshot's object with the chosen findings, counts of what may be seen. */
static json_object *findings_object(const struct exchange *x, const struct wish *w,
				    size_t from, size_t most, struct selection *sel)
{
	json_object *o = snapshot_parse(x->snapshot->head);

	limit_head(x, o);
	*sel = choose(x, w, from, most, json_member(o, "findings"));
	put_counts(json_member(o, "summary"), sel);
	return o;
}

int run_findings(struct exchange *x, json_object **data, struct err *e)
{
	struct wish w = wish_of(x);
	size_t most = (size_t)fields_number(&x->fields, "limit", 1000000);
	size_t page = (size_t)fields_number(&x->fields, "n", 1);
	struct selection sel;

	if (!x->snapshot)
		return err_set(e, ERR_NOT_FOUND,
			       "nothing was scanned yet: POST v1/scan starts a scan");
	w.muted_too = true;
	*data = findings_object(x, &w, (page - 1) * most, most, &sel);
	json_put_number(*data, "matching", (int64_t)sel.matching);
	return 0;
}

/* ---- the overview ------------------------------------------------------ */

static void put_filters(json_object *o, const struct wish *w, const char *q,
			const struct selection *sel)
{
	json_object *list = json_object_new_array();

	for (int i = SEV_CRITICAL; i <= SEV_INFO; i++) {
		const char *name = severity_name((enum severity)i);
		json_object *f = json_object_new_object();

		json_put_text(f, "severity", name);
		json_put_number(f, "count", (int64_t)sel->visible[i]);
		json_put_flag(f, "current", w->severity && !strcmp(w->severity, name));
		json_object_array_add(list, f);
	}
	json_object_object_add(o, "filters", list);
	json_put_number(o, "all", (int64_t)sel->all);
	json_put_number(o, "matching", (int64_t)sel->matching);
	json_put_number(o, "bulk_matching", sel->bulk > 1 ? (int64_t)sel->bulk : 0);
	json_put_text(o, "severity", w->severity);
	json_put_text(o, "q", q);
	json_put_text(o, "show", w->show);
	json_put_text(o, "showing", !w->show ? NULL : !strcmp(w->show, "in") ?
		      "about mail to this server" : !strcmp(w->show, "out") ?
		      "about mail from this server" : !strcmp(w->show, "new") ?
		      "new since yesterday" : "muted");
	json_put_number(o, "nmuted", (int64_t)sel->muted);
	json_put_flag(o, "filtered", w->severity || w->q || w->show);
}

/* One direction in a word: what it stands for is said by the template. */
static const char *health(const size_t n[SEV_INFO + 1])
{
	return n[SEV_CRITICAL] ? "critical" : n[SEV_WARNING] ? "warning" :
		n[SEV_UNKNOWN] ? "unknown" : "fine";
}

static json_object *view_way(const char *way, const char *title, const size_t n[SEV_INFO + 1])
{
	json_object *o = json_object_new_object();
	const char *state = health(n);

	json_put_text(o, "way", way);
	json_put_text(o, "title", title);
	json_put_text(o, "state", state);
	for (int i = SEV_CRITICAL; i <= SEV_UNKNOWN; i++)
		json_put_number(o, severity_name((enum severity)i), (int64_t)n[i]);
	json_put_flag(o, "lost", !strcmp(state, "critical"));
	json_put_flag(o, "doubtful", !strcmp(state, "warning"));
	json_put_flag(o, "untold", !strcmp(state, "unknown"));
	json_put_flag(o, "fine", !strcmp(state, "fine"));
	return o;
}

static json_object *view_worst(const struct snapshot_row *r)
{
	json_object *o;

	if (!r)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "id", r->id);
	json_put_text(o, "text", r->text);
	json_put_text(o, "severity", severity_name(r->severity));
	json_put_number(o, "mails", (int64_t)r->mails);
	json_put_number(o, "days", r->days);
	return o;
}

/* The whole server in one look. */
static void put_glance(json_object *o, const struct selection *sel)
{
	json_object *ways = json_object_new_array(), *g = json_object_new_object();

	json_object_array_add(ways, view_way("in", "Mail to this server", sel->way[0]));
	json_object_array_add(ways, view_way("out", "Mail from this server", sel->way[1]));
	json_object_object_add(g, "ways", ways);
	json_object_object_add(g, "worst", view_worst(sel->worst));
	json_put_number(g, "fresh", (int64_t)sel->new);
	json_put_number(g, "mails", (int64_t)sel->mails);
	json_put_number(g, "days", sel->days);
	json_object_object_add(o, "glance", g);
}

static void put_failed_sources(json_object *o)
{
	json_object *sources = json_member(o, "sources");
	json_object *failed = json_object_new_array();

	for (size_t i = 0; i < json_count(sources); i++) {
		json_object *s = json_object_array_get_idx(sources, i);

		if (json_flag(s, "ok") != 1 && json_flag(s, "absent") != 1)
			json_object_array_add(failed, json_object_get(s));
	}
	json_put_flag(o, "all_answered", json_count(failed) == 0);
	json_object_object_add(o, "silent", failed);
}

static void put_results(struct exchange *x, json_object *o)
{
	struct wish w = wish_of(x);
	size_t n = (size_t)fields_number(&x->fields, "n", 1);
	struct selection sel;
	json_object *r;

	r = findings_object(x, &w, (n - 1) * PAGE_ROWS, PAGE_ROWS, &sel);
	put_filters(r, &w, exchange_field(x, "q"), &sel);
	put_glance(r, &sel);
	exchange_put_pages(r, n, sel.matching);
	json_put_flag(r, "marked", exchange_field(x, "mark") != NULL);
	json_put_number(r, "n", (int64_t)n);
	put_failed_sources(r);
	json_put_number(r, "ngone", (int64_t)json_count(json_member(r, "gone")));
	json_object_object_add(o, "results", r);
}

int run_overview(struct exchange *x, json_object **data, struct err *e)
{
	json_object *o = json_object_new_object();
	json_object *scan = app_scan_view(x->app->scan, x->rq->door == DOOR_ADMIN);
	const char *state = json_text(scan, "state");

	(void)e;
	json_put_flag(o, "running", !strcmp(state, "running"));
	json_put_flag(o, "failed", !strcmp(state, "failed"));
	json_put_flag(o, "found", json_count(json_member(scan, "findings")) > 0);
	json_object_object_add(o, "scan", scan);
	json_object_object_add(o, "results", NULL);
	if (x->snapshot)
		put_results(x, o);
	exchange_put_nonce(x, o, "scan", NULL);
	*data = o;
	return 0;
}

/* ---- one finding ------------------------------------------------------- */

static json_object *view_check(const char *id)
{
	const struct check *c = check_find(id);
	json_object *o;

	if (!c)
		return NULL;	/* found by another release */
	o = json_object_new_object();
	json_put_text(o, "title", c->title);
	json_put_text(o, "why", c->why);
	json_put_text(o, "who", c->who);
	json_put_text(o, "rule", c->rule);
	json_put_text(o, "fix", c->fix);
	json_put_text(o, "page_fix", c->page_fix);
	return o;
}

int run_finding(struct exchange *x, json_object **data, struct err *e)
{
	const struct snapshot_row *row = visible_finding(x, exchange_field(x, "id"));
	json_object *finding, *check;

	if (!row)
		return exchange_hide(e);
	finding = snapshot_parse(row->json);
	check = view_check(json_text(finding, "check"));
	*data = json_object_new_object();
	json_object_object_add(*data, "finding", finding);
	json_put_text(*data, "domain", row->domain);
	json_put_text(*data, "address", row->address);
	/* Nothing is wrong, but somebody who knows better may ask for the fix. */
	json_put_flag(*data, "held_back", row->severity == SEV_INFO && check &&
		      fix_overrides_gateway(json_text(check, "fix")) && !json_member(finding, "fix"));
	json_put_text(*data, "page_fix", x->rq->door == DOOR_ADMIN && check ?
		      json_text(check, "page_fix") : NULL);
	json_put_flag(*data, "may_trust", x->rq->door == DOOR_ADMIN && check &&
		      fix_trusts(json_text(check, "fix")) && !json_member(finding, "fix"));
	/* What the check would have meant for people's mail did not happen. */
	json_put_flag(*data, "not_checked", row->severity == SEV_UNKNOWN && !row->domain);
	json_put_flag(*data, "at_rest", row->severity == SEV_INFO);
	json_object_object_add(*data, "check", check);
	json_put_flag(*data, "may_mute", x->rq->door == DOOR_ADMIN && !row->muted);
	exchange_put_nonce(x, *data, "mute", row->id);
	return 0;
}
