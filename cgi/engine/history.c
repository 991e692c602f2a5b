#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/history.h"
#include "sources/store.h"

#define TEXT_KEPT 500
#define NUMBER(n) #n
#define LIMIT(n) " LIMIT " NUMBER(n)

static const struct store_kind kind = {
	.name = "history.sqlite", .version = 1, .max_mib = 256, .durable = true,
	.schema = "CREATE TABLE findings (id TEXT PRIMARY KEY, check_id TEXT NOT NULL,"
		" kind TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL,"
		" text TEXT NOT NULL, reseller TEXT, first_seen INTEGER NOT NULL,"
		" since INTEGER NOT NULL, last_seen INTEGER NOT NULL, gone INTEGER)"
		" WITHOUT ROWID;"
		"CREATE INDEX by_gone ON findings (gone) WHERE gone IS NOT NULL;"
		"CREATE TABLE scans (began INTEGER NOT NULL, last INTEGER NOT NULL)",
};

/* What the scans before this one knew. */
struct known {
	const char *id, *check, *subject;
	int64_t first_seen, since;
	bool gone;
};

struct history {
	struct store store;
	const struct scan_options *options;
	const struct facts *f;
	struct report *r;
	struct arena *a;
	struct arena own;		/* what was read, with this itself */
	struct known *known;
	size_t nknown, cap_known;
	struct map by_id;		/* findings of r */
	struct map unknown;		/* their subjects, where something is not known */
	int64_t began, last;		/* scans before this one; 0: none */
	const char **lost;		/* ids that are there no more */
	size_t nlost, cap_lost;
};

/* ---- one statement ------------------------------------------------------ */

/* Binds text for 's', a number for 'i', and runs it; q can be used again. */
static int step(struct history *h, sqlite3_stmt *q, const char *types,
		const void *const *args, struct err *e)
{
	int rc;

	for (int i = 0; types[i]; i++)
		if (types[i] == 's')
			sqlite3_bind_text(q, i + 1, args[i], -1, SQLITE_STATIC);
		else
			sqlite3_bind_int64(q, i + 1, *(const int64_t *)args[i]);
	rc = sqlite3_step(q) == SQLITE_DONE ? 0 : store_failed(&h->store, e);
	sqlite3_reset(q);
	return rc;
}

#define STEP(h, q, types, e, ...) \
	step((h), (q), (types), (const void *const[]){ __VA_ARGS__ }, (e))

static int run(struct history *h, const char *sql, const char *types,
	       const void *const *args, struct err *e)
{
	sqlite3_stmt *q = store_prepare(&h->store, sql, e);
	int rc = q ? step(h, q, types, args, e) : -1;

	sqlite3_finalize(q);
	return rc;
}

#define RUN(h, sql, types, e, ...) \
	run((h), (sql), (types), (const void *const[]){ __VA_ARGS__ }, (e))

static int each_row(struct history *h, const char *sql, int64_t arg,
		    void (*each)(struct history *, sqlite3_stmt *), struct err *e)
{
	sqlite3_stmt *q = store_prepare(&h->store, sql, e);
	int rc;

	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, arg);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		each(h, q);
	rc = rc == SQLITE_DONE ? 0 : store_failed(&h->store, e);
	sqlite3_finalize(q);
	return rc;
}

static const char *text_at(struct arena *a, sqlite3_stmt *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q, column);

	return s ? arena_strdup(a, s) : NULL;
}

/* ---- what was known ----------------------------------------------------- */

static void index_report(struct history *h)
{
	for (struct finding *x = h->r->first; x; x = x->next) {
		*map_at(&h->by_id, x->id) = x;
		if (x->severity == SEV_UNKNOWN)
			*map_at(&h->unknown, x->subject) = x;
	}
}

/* This scan would have it if it were still so. */
static bool would_be_found(const struct history *h, const char *check, const char *subject)
{
	const struct check *c = check_find(check);
	unsigned have = facts_available(h->f);

	return (!c || (c->needs & have) == c->needs) && !map_get(&h->unknown, subject);
}

static void take_scan(struct history *h, sqlite3_stmt *q)
{
	h->began = sqlite3_column_int64(q, 0);
	h->last = sqlite3_column_int64(q, 1);
}

static bool is_news(const struct history *h, int64_t at)
{
	return at > h->began && h->f->now - at < HISTORY_NEWS;
}

static void read_row(struct history *h, sqlite3_stmt *q)
{
	h->known = arena_grow(&h->own, h->known, h->nknown, &h->cap_known, sizeof(*h->known));
	h->known[h->nknown++] = (struct known){
		.id = text_at(&h->own, q, 0), .check = text_at(&h->own, q, 1),
		.subject = text_at(&h->own, q, 2),
		.first_seen = sqlite3_column_int64(q, 3), .since = sqlite3_column_int64(q, 4),
		.gone = sqlite3_column_type(q, 5) != SQLITE_NULL,
	};
}

/* One that was there when the last scan ended, or was there before. */
static void take_known(struct history *h, const struct known *k)
{
	struct finding *x = k->id ? map_get(&h->by_id, k->id) : NULL;

	if (x) {
		x->first_seen = k->first_seen;
		x->since = k->gone ? h->f->now : k->since;
		x->is_new = is_news(h, x->since);
		x->known = k->gone ? FINDING_BACK : FINDING_KNOWN;
	} else if (k->id && !k->gone && would_be_found(h, k->check, k->subject)) {
		h->lost = arena_grow(h->a, h->lost, h->nlost, &h->cap_lost, sizeof(*h->lost));
		h->lost[h->nlost++] = k->id;
	}
}

static int read_known(struct history *h, struct err *e)
{
	return each_row(h, "SELECT began, last FROM scans WHERE began <> ?", -1, take_scan, e) ||
		each_row(h, "SELECT id, check_id, subject, first_seen, since, gone"
			 " FROM findings WHERE first_seen <> ?", -1, read_row, e) ? -1 : 0;
}

/* ---- what is known now -------------------------------------------------- */

static int put_new(struct history *h, sqlite3_stmt *q, const struct finding *x,
		   struct err *e)
{
	const struct domain *d = x->kind == SUBJECT_DOMAIN ?
		facts_domain(h->f, x->subject) : NULL;
	const char *text = text_end_whole(arena_strndup(h->a, x->text,
							strnlen(x->text, TEXT_KEPT)));

	return STEP(h, q, "sssssssiii", e, x->id, x->check->id,
		    subject_kind_name(x->kind), x->subject, severity_name(x->severity),
		    text, d ? d->reseller : NULL, &x->first_seen, &x->since, &h->f->now);
}

static void take_new(struct history *h, struct finding *x)
{
	x->first_seen = x->since = h->f->now;
	x->is_new = h->began && is_news(h, x->since);
}

static int put_all_new(struct history *h, struct err *e)
{
	sqlite3_stmt *q = store_prepare(&h->store,
		"INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
		" ON CONFLICT (id) DO UPDATE SET since = excluded.since, gone = NULL,"
		" severity = excluded.severity, text = excluded.text,"
		" reseller = excluded.reseller", e);
	int rc = q ? 0 : -1;

	for (struct finding *x = h->r->first; x && !rc; x = x->next) {
		if (x->known == FINDING_UNKNOWN)
			take_new(h, x);
		if (x->known != FINDING_KNOWN)
			rc = put_new(h, q, x, e);
	}
	sqlite3_finalize(q);
	return rc;
}

static int put_all_lost(struct history *h, struct err *e)
{
	sqlite3_stmt *q = store_prepare(&h->store,
		"UPDATE findings SET gone = ?, last_seen = ? WHERE id = ?", e);
	int rc = q ? 0 : -1;

	for (size_t i = 0; i < h->nlost && !rc; i++)
		rc = STEP(h, q, "iis", e, &h->f->now, &h->last, h->lost[i]);
	sqlite3_finalize(q);
	return rc;
}

static int forget_old(struct history *h, struct err *e)
{
	int64_t before = h->f->now - (int64_t)HISTORY_DAYS * 86400, most = HISTORY_GONE_MAX;

	return RUN(h, "DELETE FROM findings WHERE gone < ?", "i", e, &before) ||
		RUN(h, "DELETE FROM findings WHERE gone <= (SELECT gone FROM findings"
		    " WHERE gone IS NOT NULL ORDER BY gone DESC LIMIT 1 OFFSET ?)",
		    "i", e, &most) ? -1 : 0;
}

static int put_scan(struct history *h, struct err *e)
{
	return h->began ? RUN(h, "UPDATE scans SET last = ?", "i", e, &h->f->now) :
		RUN(h, "INSERT INTO scans VALUES (?, ?)", "ii", e, &h->f->now, &h->f->now);
}

static void take_gone(struct history *h, sqlite3_stmt *q)
{
	struct gone_finding *x = &h->r->gone[h->r->ngone++];

	x->id = text_at(h->a, q, 0);
	x->check = text_at(h->a, q, 1);
	x->kind = text_at(h->a, q, 2);
	x->subject = text_at(h->a, q, 3);
	x->severity = text_at(h->a, q, 4);
	x->text = text_at(h->a, q, 5);
	x->reseller = text_at(h->a, q, 6);
	x->first_seen = sqlite3_column_int64(q, 7);
	x->last_seen = sqlite3_column_int64(q, 8);
}

static int read_gone(struct history *h, struct err *e)
{
	h->r->gone = arena_zalloc(h->a, HISTORY_GONE_SHOWN * sizeof(*h->r->gone));
	return each_row(h, "SELECT id, check_id, kind, subject, severity, text, reseller,"
			" first_seen, last_seen FROM findings WHERE gone > ?"
			" ORDER BY gone DESC, id" LIMIT(HISTORY_GONE_SHOWN),
			h->f->now - HISTORY_NEWS, take_gone, e);
}

/* ---- the whole ---------------------------------------------------------- */

/* The scan saw the whole server, and is later than the one before it. */
static bool counts(const struct history *h)
{
	const struct scan_options *o = h->options;

	return !o->only && !o->checks && !o->ndomains && h->f->now >= h->last;
}

static int note(struct history *h, struct err *e)
{
	for (size_t i = 0; i < h->nknown; i++)
		take_known(h, &h->known[i]);
	if (counts(h) && (put_all_new(h, e) || put_all_lost(h, e) ||
			  forget_old(h, e) || put_scan(h, e)))
		return -1;
	return read_gone(h, e);
}

/* A transaction that is open ends undone. */
static void end(struct history *h, const struct err *e)
{
	if (e)
		log_line(LOG_LINE_WARNING, "since when findings stand is not known: %s", e->text);
	store_close(&h->store);
}

static struct history *new(const struct scan_options *o, const struct facts *f)
{
	struct arena own = ARENA_INIT;
	struct history *h = arena_zalloc(&own, sizeof(*h));

	h->own = own;	/* not copied back: from here on it grows where it lies */
	h->options = o;
	h->f = f;
	return h;
}

struct history *history_open(struct world *w, const struct scan_options *o, const struct facts *f)
{
	struct history *h;
	struct arena own;
	struct err e;

	if (!w->state_dir || o->only)
		return NULL;
	h = new(o, f);
	if (!store_open(&h->store, w->state_dir, &kind, &e) &&
	    !store_exec(&h->store, "BEGIN IMMEDIATE", &e) && !read_known(h, &e))
		return h;
	end(h, &e);
	own = h->own;
	arena_clear(&own);
	return NULL;
}

bool history_note(struct history *h, struct report *r, struct arena *a)
{
	struct arena own;
	struct err e;

	if (!h)
		return false;
	h->r = r;
	h->a = a;
	h->by_id = h->unknown = (struct map)MAP_INIT(a, (unsigned long)h->f->now);
	own = h->own;
	arena_join(a, &own);
	index_report(h);
	if (!note(h, &e))
		return true;
	end(h, &e);
	return false;
}

void history_keep(struct history *h)
{
	struct err e;

	if (h)
		end(h, store_exec(&h->store, "COMMIT", &e) ? &e : NULL);
}
