#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/map.h"
#include "sources/panel_parts.h"

#define PASSES 3
#define WANTED (PASSES + 1)
#define PAGES_MAX 1000

const char panel_untold_domain[] = "cPanel's list of Email Routing for its account leaves it out";
const char panel_untold_subdomain[] = "cPanel's list of Email Routing leaves subdomains out";

struct row {
	struct domain d;
	int pass;		/* that saw it last, or WANTED */
};

struct list {
	struct panel *p;
	struct map index;	/* name → place in rows, plus one */
	struct row *rows;
	size_t n, cap;
	int pass;
	size_t seen, odd;	/* in this pass: domains; rows that name none */
	size_t records;		/* that the server says it has */
	bool changed;		/* and says otherwise than a page before */
};

/* ---- one row ---------------------------------------------------------- */

static struct row *row_at(struct list *l, const char *name)
{
	if (!map_get(&l->index, name)) {
		name = arena_strdup(l->p->a, name);
		l->rows = arena_grow(l->p->a, l->rows, l->n, &l->cap, sizeof(*l->rows));
		l->rows[l->n++] = (struct row){ .d.name = name };
		*map_at(&l->index, name) = (void *)(uintptr_t)l->n;
	}
	return &l->rows[(uintptr_t)map_get(&l->index, name) - 1];
}

/* The same few names again and again: the last one's copy serves while it fits. */
static const char *account(struct list *l, json_object *o, const char *key,
			   const char *last)
{
	const char *s = json_text(o, key);

	if (!s || !text_is_account(s))
		return NULL;
	return last && !strcmp(last, s) ? last : arena_strdup(l->p->a, s);
}

static void take_row(struct list *l, json_object *o)
{
	const char *sent = json_text(o, "domain"), *kind = json_text(o, "domain_type");
	const struct domain *before = l->n ? &l->rows[l->n - 1].d : NULL;
	const char *owner, *reseller;
	struct row *row;
	char name[254];

	if (!sent || strlen(sent) >= sizeof(name) || !text_is_domain(sent)) {
		l->odd++;	/* "*.shop.example": a subdomain of no name */
		return;
	}
	memcpy(name, sent, strlen(sent) + 1);
	owner = account(l, o, "user", before ? before->owner : NULL);
	reseller = account(l, o, "user_owner", before ? before->reseller : NULL);
	row = row_at(l, text_lower(name));
	l->seen += row->pass != l->pass;
	row->pass = l->pass;
	row->d.owner = owner;
	row->d.reseller = reseller;
	domain_more_at(&row->d, l->p->a)->untold = !owner ? NULL : kind && !strcmp(kind, "sub") ?
		panel_untold_subdomain : panel_untold_domain;
	panel_add_address(l->p, json_text(o, "ipv4"));
	panel_add_address(l->p, json_text(o, "ipv6"));
}

/* ---- pages ------------------------------------------------------------ */

/* Sorted, or a list in the order of a hash would give other pages each time. */
static void page_form(struct panel *p, size_t start)
{
	static const char *const columns[] = {
		"domain", "domain_type", "user", "user_owner", "ipv4", "ipv6",
	};
	char key[] = "api.columns.a";

	panel_form(p);
	buf_printf(&p->form, "&api.chunk.enable=1&api.chunk.verbose=1&api.chunk.start=%zu"
		   "&api.chunk.size=%d&api.sort.enable=1&api.sort.a.field=domain"
		   "&api.columns.enable=1", start, PANEL_PAGE);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		key[sizeof(key) - 2] = (char)('a' + i);
		panel_arg(p, key, columns[i]);
	}
	if (p->wish->only && *p->wish->only && !p->wish->only[1]) {
		buf_puts(&p->form, "&api.filter.enable=1&api.filter.a.field=domain&api.filter.a.type=eq");
		panel_arg(p, "api.filter.a.arg0", *p->wish->only);
	}
}

static void take_rows(struct list *l, json_object *rows)
{
	for (size_t i = 0; i < json_count(rows); i++)
		take_row(l, json_object_array_get_idx(rows, i));
}

/* How many records there are in all. A server that does not page sends them all
 * and says nothing; a full page without a word may be a part of more. */
static int count_records(json_object *reply, size_t got, size_t *records, struct err *e)
{
	json_object *chunk = json_member(json_member(reply, "metadata"), "chunk");
	int64_t n = json_number(chunk, "records", -1);

	if (n < 0 && (got == PANEL_PAGE || !json_member(reply, "data")))
		return err_set(e, ERR_UNAVAILABLE, "get_domain_info: the answer does not tell whether these are all domains");
	if (n > PANEL_DOMAINS_MAX)
		return err_set(e, ERR_LIMIT, "get_domain_info: more than %d domains", PANEL_DOMAINS_MAX);
	*records = n < 0 ? got : (size_t)n;
	return 0;
}

static void reserve(struct list *l, size_t n)
{
	if (l->rows)
		return;
	l->cap = n + 16;
	l->rows = arena_zalloc(l->p->a, l->cap * sizeof(*l->rows));
}

/* One page from *start on, which moves behind it. */
static int take_page(struct list *l, size_t *start, struct err *e)
{
	json_object *reply, *rows;
	size_t got, records = 0;
	int rc;

	page_form(l->p, *start);
	reply = panel_call(l->p, "get_domain_info", e);
	if (!reply)
		return -1;
	rows = json_member(json_member(reply, "data"), "domains");
	got = json_count(rows);
	rc = count_records(reply, got, &records, e);
	if (!rc) {
		reserve(l, records);
		take_rows(l, rows);
		l->changed = *start > 1 && records != l->records;
		l->records = records;
		*start = got && !l->changed ? *start + got : SIZE_MAX;
	}
	json_object_put(reply);
	return rc;
}

/* False: what came is not the whole of one list. */
static int take_pass(struct list *l, bool *whole, struct err *e)
{
	size_t start = 1, pages = 0;

	l->pass++;
	l->seen = l->odd = l->records = 0;
	do {
		if (++pages > PAGES_MAX)
			return err_set(e, ERR_LIMIT, "get_domain_info: the list does not end");
		if (take_page(l, &start, e))
			return -1;
	} while (start <= l->records);
	*whole = !l->changed && l->seen + l->odd == l->records;
	return 0;
}

/* ---- the whole -------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct domain *)a)->name,
		      ((const struct domain *)b)->name);
}

/* Those of the last pass, and those that were asked about anyway. */
static void set_domains(struct list *l)
{
	const struct panel_wish *wish = l->p->wish;
	struct facts *f = l->p->f;
	struct domain *all;
	size_t n = 0;

	for (size_t i = 0; i < wish->ndomains; i++)
		row_at(l, wish->domains[i])->pass = l->pass;
	for (size_t i = 0; wish->only && wish->only[i]; i++)
		row_at(l, wish->only[i])->pass = WANTED;
	all = arena_zalloc(l->p->a, (l->n + 1) * sizeof(*all));
	for (size_t i = 0; i < l->n; i++)
		if (l->rows[i].pass == (wish->only ? WANTED : l->pass))
			all[n++] = l->rows[i].d;
	qsort(all, n, sizeof(*all), by_name);
	f->domains = all;
	f->ndomains = n;
}

int panel_domains(struct panel *p, struct err *e)
{
	struct list l = { .p = p, .index = MAP_INIT(p->a, 0) };
	bool whole = false;

	if (getentropy(&l.index.seed, sizeof(l.index.seed)))
		l.index.seed = (unsigned long)(uintptr_t)p;
	while (!whole && l.pass < PASSES)
		if (take_pass(&l, &whole, e))
			return -1;
	if (!whole)
		return err_set(e, ERR_UNAVAILABLE, "get_domain_info: the list of domains changed while it was read, %d times; scan again later",
			       PASSES);
	set_domains(&l);
	return 0;
}
