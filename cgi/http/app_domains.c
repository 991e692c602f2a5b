#include <string.h>

#include "base/json.h"
#include "http/app_exchange.h"

/* The domains of the last scan, a page at a time: what is asked for stands in the
 * address alone, so that any look at them can be sent to somebody. */

static const char *const orders[NDOMAIN_ORDERS] = {
	[BY_NAME] = "name", [BY_ACCOUNT] = "account", [BY_VERDICT] = "verdict",
};

static const char *const columns[NDOMAIN_ORDERS] = {
	[BY_NAME] = "Domain", [BY_ACCOUNT] = "Account", [BY_VERDICT] = "Found",
};

struct word {
	const char *word, *label;	/* word NULL ends a list */
};

static const struct word routes_told[] = {
	{ "local", "kept on this server" }, { "remote", "sent on to another server" },
	{ "secondary", "kept for its main server" },
	{ "several", "in more than one list" }, { "none", "in no list" },
	{ NULL, NULL }
};

static const struct word sides_told[] = {
	{ "here", "this server" }, { "backup", "another server; this one is its backup" },
	{ "elsewhere", "another server" }, { "none", "nowhere: no host takes it" },
	{ "unknown", "not known" }, { NULL, NULL }
};

static const char *label(const struct word *w, const char *word)
{
	for (; word && w->word; w++)
		if (!strcmp(w->word, word))
			return w->label;
	return NULL;
}

static int take_order(const struct exchange *x, struct table_wish *w, struct err *e)
{
	const char *sort = exchange_field(x, "sort");

	w->order = BY_VERDICT;
	for (int i = 0; sort && i < NDOMAIN_ORDERS; i++)
		if (!strcmp(sort, orders[i])) {
			w->order = (enum domain_order)i;
			return 0;
		}
	return sort ? err_set(e, ERR_INPUT, "domains are sorted by name, account or verdict") : 0;
}

static int take_wish(const struct exchange *x, struct table_wish *w, struct err *e)
{
	const char *verdict = exchange_field(x, "verdict"), *q = exchange_field(x, "q");
	size_t page = (size_t)fields_number(&x->fields, "n", 1);

	*w = (struct table_wish){
		.reseller = x->rq->door == DOOR_ADMIN ? NULL : x->rq->login,
		.account = exchange_field(x, "account"),
		.q = q ? text_lower(arena_strdup(x->rq->arena, q)) : NULL,
		.has_verdict = verdict != NULL,
		.backwards = fields_flag(&x->fields, "desc"),
		.from = (page - 1) * PAGE_ROWS, .most = PAGE_ROWS,
	};
	if (verdict && !domain_verdict_find(verdict, &w->verdict))
		return err_set(e, ERR_INPUT, "a domain's verdict is critical, warning, unknown, info or fine");
	return take_order(x, w, e);
}

static json_object *view_row(const struct table_row *r)
{
	json_object *o = json_object_new_object();
	const struct domain_row *d = &r->row;

	json_put_text(o, "domain", d->name);
	json_put_text(o, "account", d->owner);
	json_put_text(o, "routed", label(routes_told, d->route));
	json_put_text(o, "side", label(sides_told, d->side));
	json_put_text(o, "exchanger", d->exchanger);
	json_put_text(o, "provider", d->provider);
	json_put_text(o, "severity", r->verdict == DOMAIN_FINE ? NULL :
		      domain_verdict_name(r->verdict));
	json_put_number(o, "findings", r->findings);
	json_put_flag(o, "many", r->findings > 1);
	return o;
}

/* A column's head: what its link asks for, and how the rows stand by it. */
static json_object *view_columns(const struct table_wish *w)
{
	json_object *list = json_object_new_array();

	for (int i = 0; i < NDOMAIN_ORDERS; i++) {
		json_object *o = json_object_new_object();
		bool current = w->order == (enum domain_order)i;

		json_put_text(o, "sorts", orders[i]);
		json_put_text(o, "column", columns[i]);
		json_put_flag(o, "turns", current && !w->backwards);
		json_put_text(o, "stands", !current ? NULL :
			      w->backwards ? "descending" : "ascending");
		json_put_text(o, "mark", !current ? NULL : w->backwards ? "▼" : "▲");
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *view_filters(const struct table_wish *w, const struct table_page *p)
{
	json_object *list = json_object_new_array();

	for (int i = 0; i < NDOMAIN_VERDICTS; i++) {
		json_object *o = json_object_new_object();
		const char *name = domain_verdict_name((enum domain_verdict)i);

		json_put_text(o, "verdicts", name);
		json_put_text(o, "severity", i == DOMAIN_FINE ? NULL : name);
		json_put_number(o, "count", (int64_t)p->count[i]);
		json_put_flag(o, "current", w->has_verdict && (int)w->verdict == i);
		json_object_array_add(list, o);
	}
	return list;
}

static void put_page(const struct exchange *x, const struct table_wish *w,
		     const struct table_page *p, json_object *o)
{
	json_object *rows = json_object_new_array();
	size_t fitting = 0;

	for (size_t i = 0; i < p->n; i++)
		json_object_array_add(rows, view_row(p->rows[i]));
	for (int i = 0; i < NDOMAIN_VERDICTS; i++)
		fitting += p->count[i];
	json_object_object_add(o, "rows", rows);
	json_put_number(o, "nrows", (int64_t)p->n);
	json_object_object_add(o, "columns", view_columns(w));
	json_object_object_add(o, "filters", view_filters(w, p));
	json_put_number(o, "fitting", (int64_t)fitting);
	json_put_number(o, "matching", (int64_t)p->matching);
	exchange_put_pages(o, w->from / PAGE_ROWS + 1, p->matching);
	json_put_text(o, "account", w->account);
	json_put_text(o, "q", exchange_field(x, "q"));
	json_put_text(o, "verdict", w->has_verdict ? domain_verdict_name(w->verdict) : NULL);
	json_put_text(o, "sort", exchange_field(x, "sort"));
	json_put_text(o, "desc", w->backwards ? "true" : NULL);
	json_put_flag(o, "filtered", w->q || w->has_verdict || w->account);
}

int run_domains(struct exchange *x, json_object **data, struct err *e)
{
	const struct domain_table *t = x->snapshot ? x->snapshot->domains : NULL;
	json_object *head, *o = NULL;
	struct table_wish w;
	struct table_page p;

	if (take_wish(x, &w, e))
		return -1;
	*data = json_object_new_object();
	json_put_flag(*data, "scanned", x->snapshot != NULL);
	json_object_object_add(*data, "table", NULL);
	if (!t)
		return 0;
	domain_table_choose(t, &w, x->rq->arena, &p);
	o = json_object_new_object();
	put_page(x, &w, &p, o);
	head = snapshot_parse(x->snapshot->head);
	json_put_text(o, "scanned_at", json_text(json_member(head, "server"), "scanned_at"));
	json_object_put(head);
	json_object_object_add(*data, "table", o);
	return 0;
}
