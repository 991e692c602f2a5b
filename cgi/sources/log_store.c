#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/log_store.h"

#define DAY 86400
#define MARK_DAYS 40	/* that a file is remembered after it was seen last */

static const struct store_kind kind = {
	.name = "logs.sqlite", .version = 2, .max_mib = 128, .durable = false,
	.schema = "CREATE TABLE marks (kind INTEGER NOT NULL, head TEXT NOT NULL,"
		" nhead INTEGER NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
		" size INTEGER NOT NULL, mtime INTEGER NOT NULL, at INTEGER NOT NULL,"
		" seen INTEGER NOT NULL);"
		"CREATE TABLE days (day INTEGER, log INTEGER, class TEXT, n INTEGER NOT NULL,"
		" domains INTEGER NOT NULL, accounts INTEGER NOT NULL,"
		" clients INTEGER NOT NULL, PRIMARY KEY (day, log, class)) WITHOUT ROWID;"
		"CREATE TABLE names (day INTEGER, log INTEGER, class TEXT, what INTEGER,"
		" name TEXT, n INTEGER NOT NULL,"
		" PRIMARY KEY (day, log, class, what, name)) WITHOUT ROWID;"
		"CREATE TABLE rows (day INTEGER, log INTEGER, class TEXT, rule TEXT,"
		" domain TEXT, account TEXT, ip TEXT, n INTEGER NOT NULL,"
		" PRIMARY KEY (day, log, class, rule, domain, account, ip)) WITHOUT ROWID;"
		"CREATE TABLE open (id TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE logins (ip TEXT PRIMARY KEY, last INTEGER NOT NULL,"
		" who TEXT NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE failed (log INTEGER NOT NULL, ip TEXT NOT NULL,"
		" last INTEGER NOT NULL)",
};

int log_store_open(struct log_store *s, const char *dir, int64_t now, struct err *e)
{
	s->now = now;
	s->nmarks = 0;
	return store_open(&s->db, dir, &kind, e);
}

void log_store_close(struct log_store *s)
{
	store_close(&s->db);
}

/* ---- statements --------------------------------------------------------- */

static void bind_text(sqlite3_stmt *q, int at, const char *s)
{
	sqlite3_bind_text(q, at, s, -1, SQLITE_STATIC);
}

static int done(struct log_store *s, sqlite3_stmt *q, struct err *e)
{
	int rc = sqlite3_step(q) == SQLITE_DONE ? 0 : store_failed(&s->db, e);

	sqlite3_reset(q);
	return rc;
}

/* sql with one number. */
static int run(struct log_store *s, const char *sql, int64_t arg, struct err *e)
{
	sqlite3_stmt *q = store_prepare(&s->db, sql, e);
	int rc = -1;

	if (q) {
		sqlite3_bind_int64(q, 1, arg);
		rc = done(s, q, e);
	}
	sqlite3_finalize(q);
	return rc;
}

static struct slice text_at(sqlite3_stmt *q, int column)
{
	return slice_of((const char *)sqlite3_column_text(q, column));
}

/* ---- marks -------------------------------------------------------------- */

static void take_mark(struct log_store *s, sqlite3_stmt *q)
{
	struct log_mark *m = &s->marks[s->nmarks];
	struct slice head = text_at(q, 1);
	int64_t nhead = sqlite3_column_int64(q, 2);

	m->kind = (enum log_kind)sqlite3_column_int(q, 0);
	if ((unsigned)m->kind >= NLOG_KINDS || head.n != sizeof(m->head) - 1 ||
	    nhead < 1 || nhead > LOG_HEAD_BYTES)
		return;
	memcpy(m->head, head.p, head.n + 1);
	m->nhead = (unsigned)nhead;
	m->dev = (uint64_t)sqlite3_column_int64(q, 3);
	m->ino = (uint64_t)sqlite3_column_int64(q, 4);
	m->size = (uint64_t)sqlite3_column_int64(q, 5);
	m->mtime = sqlite3_column_int64(q, 6);
	m->offset = (uint64_t)sqlite3_column_int64(q, 7);
	m->seen = sqlite3_column_int64(q, 8);
	s->nmarks++;
}

int log_store_begin(struct log_store *s, struct err *e)
{
	sqlite3_stmt *q;
	int rc;

	s->nmarks = 0;
	if (store_exec(&s->db, "BEGIN IMMEDIATE", e))
		return -1;
	q = store_prepare(&s->db, "SELECT * FROM marks ORDER BY seen DESC", e);
	if (!q)
		return -1;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && s->nmarks < LOG_FILES_MAX)
		take_mark(s, q);
	rc = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_failed(&s->db, e);
	sqlite3_finalize(q);
	return rc;
}

static int put_marks(struct log_store *s, struct err *e)
{
	sqlite3_stmt *q;
	int rc = 0;

	if (store_exec(&s->db, "DELETE FROM marks", e))
		return -1;
	q = store_prepare(&s->db, "INSERT INTO marks VALUES (?,?,?,?,?,?,?,?,?)", e);
	if (!q)
		return -1;
	for (size_t i = 0; i < s->nmarks && !rc; i++) {
		const struct log_mark *m = &s->marks[i];
		const int64_t rest[] = { m->nhead, (int64_t)m->dev, (int64_t)m->ino,
			(int64_t)m->size, m->mtime, (int64_t)m->offset, m->seen };

		if (m->seen < s->now - (int64_t)MARK_DAYS * DAY)
			continue;
		sqlite3_bind_int(q, 1, (int)m->kind);
		bind_text(q, 2, m->head);
		for (int j = 0; j < 7; j++)
			sqlite3_bind_int64(q, j + 3, rest[j]);
		rc = done(s, q, e);
	}
	sqlite3_finalize(q);
	return rc;
}

/* ---- messages and logins ------------------------------------------------ */

static int each(struct log_store *s, const char *sql, struct log_tally *t,
		void (*take)(struct log_tally *t, sqlite3_stmt *q), struct err *e)
{
	sqlite3_stmt *q = store_prepare(&s->db, sql, e);
	int rc;

	if (!q)
		return -1;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		take(t, q);
	rc = rc == SQLITE_DONE ? 0 : store_failed(&s->db, e);
	sqlite3_finalize(q);
	return rc;
}

static void take_open(struct log_tally *t, sqlite3_stmt *q)
{
	open_messages_put(&t->open, text_at(q, 0), text_at(q, 1));
}

static void take_failed(struct log_tally *t, sqlite3_stmt *q)
{
	const char *text = (const char *)sqlite3_column_text(q, 1);
	struct ip ip;

	if (text && ip_parse(&ip, text))
		failed_logins_note(&t->failed, sqlite3_column_int(q, 0), &ip,
				   sqlite3_column_int64(q, 2));
}

int log_store_resume(struct log_store *s, struct log_tally *t, struct err *e)
{
	return each(s, "SELECT id, account FROM open", t, take_open, e) ||
		each(s, "SELECT log, ip, last FROM failed", t, take_failed, e) ? -1 : 0;
}

static int put_open(struct log_store *s, const struct log_tally *t, struct err *e)
{
	sqlite3_stmt *q;
	int rc = 0;

	if (store_exec(&s->db, "DELETE FROM open", e))
		return -1;
	q = store_prepare(&s->db, "INSERT OR IGNORE INTO open VALUES (?,?)", e);
	if (!q)
		return -1;
	/* The oldest first, so that it is again the first to be forgotten. */
	for (size_t i = 0; i < OPEN_MESSAGES && !rc; i++) {
		const struct open_message *m = &t->open.all[(t->open.at + i) % OPEN_MESSAGES];

		if (!m->id[0])
			continue;
		bind_text(q, 1, m->id);
		bind_text(q, 2, m->account);
		rc = done(s, q, e);
	}
	sqlite3_finalize(q);
	return rc;
}

/* Those that a line to come can still be near to. */
static int put_failed(struct log_store *s, const struct log_tally *t, struct err *e)
{
	sqlite3_stmt *q;
	int64_t newest = 0;
	int rc = 0;

	if (store_exec(&s->db, "DELETE FROM failed", e))
		return -1;
	q = store_prepare(&s->db, "INSERT INTO failed VALUES (?,?,?)", e);
	if (!q)
		return -1;
	for (size_t i = 0; i < FAILED_LOGINS; i++)
		newest = t->failed.all[i].when > newest ? t->failed.all[i].when : newest;
	for (size_t i = 0; i < FAILED_LOGINS && !rc; i++) {
		const struct failed_login *x = &t->failed.all[i];
		char text[IP_TEXT_MAX];

		if (!x->ip.family || x->when < newest - FAILED_LOGIN_SECONDS)
			continue;
		sqlite3_bind_int(q, 1, x->log);
		bind_text(q, 2, ip_text(text, &x->ip));
		sqlite3_bind_int64(q, 3, x->when);
		rc = done(s, q, e);
	}
	sqlite3_finalize(q);
	return rc;
}

static int put_logins(struct log_store *s, const struct log_tally *t, struct err *e)
{
	sqlite3_stmt *q = store_prepare(&s->db,
		"INSERT INTO logins VALUES (?,?,?) ON CONFLICT (ip) DO UPDATE SET"
		" last = excluded.last, who = excluded.who WHERE excluded.last >= last", e);
	int rc = q ? 0 : -1;

	for (size_t i = 0; i < t->logins.used && !rc; i++) {
		struct ip net = log_network(&t->logins.all[i].ip);
		char text[IP_TEXT_MAX];

		bind_text(q, 1, ip_text(text, &net));
		sqlite3_bind_int64(q, 2, t->logins.all[i].last);
		bind_text(q, 3, t->logins.all[i].who);
		rc = done(s, q, e);
	}
	sqlite3_finalize(q);
	return rc ? rc : run(s, "DELETE FROM logins WHERE ip NOT IN"
			     " (SELECT ip FROM logins ORDER BY last DESC LIMIT ?)",
			     LOGIN_NETS, e);
}

/* ---- counts ------------------------------------------------------------- */

static int put_days(struct log_store *s, const struct log_tally *t, struct err *e)
{
	sqlite3_stmt *q = store_prepare(&s->db,
		"INSERT INTO days VALUES (?,?,?,?,?,?,?) ON CONFLICT (day, log, class)"
		" DO UPDATE SET n = n + excluded.n, domains = domains + excluded.domains,"
		" accounts = accounts + excluded.accounts, clients = clients + excluded.clients",
		e);
	int rc = q ? 0 : -1;

	for (int i = 0; i < NLOG_KINDS * (LOG_DAYS + 2) * CAUSE_CLASSES && !rc; i++) {
		int class = i % CAUSE_CLASSES, day = i / CAUSE_CLASSES % (LOG_DAYS + 2);
		int log = i / CAUSE_CLASSES / (LOG_DAYS + 2);

		if (!t->days[log][day][class])
			continue;
		sqlite3_bind_int(q, 1, t->first + day);
		sqlite3_bind_int(q, 2, log);
		bind_text(q, 3, cause_class_name((enum cause_class)class));
		sqlite3_bind_int64(q, 4, (int64_t)t->days[log][day][class]);
		for (int what = 0; what < NLOG_NAMES; what++)
			sqlite3_bind_int64(q, 5 + what,
					   (int64_t)t->named[log][day][class][what]);
		rc = done(s, q, e);
	}
	sqlite3_finalize(q);
	return rc;
}

static void bind_begin(sqlite3_stmt *q, const struct log_tally_name *x)
{
	sqlite3_bind_int(q, 1, x->day);
	sqlite3_bind_int(q, 2, (int)x->kind);
	bind_text(q, 3, cause_class_name(x->class));
}

static int put_name(struct log_store *s, sqlite3_stmt *q,
		    const struct log_tally_name *x, struct err *e)
{
	bind_begin(q, x);
	sqlite3_bind_int(q, 4, (int)x->what);
	bind_text(q, 5, x->name);
	sqlite3_bind_int64(q, 6, (int64_t)x->n);
	return done(s, q, e);
}

static int put_row(struct log_store *s, sqlite3_stmt *q,
		   const struct log_tally_name *x, struct err *e)
{
	char ip[IP_TEXT_MAX];

	bind_begin(q, x);
	bind_text(q, 4, x->rule);
	bind_text(q, 5, x->domain);
	bind_text(q, 6, x->account);
	bind_text(q, 7, x->ip.family ? ip_text(ip, &x->ip) : "");
	sqlite3_bind_int64(q, 8, (int64_t)x->n);
	return done(s, q, e);
}

static const struct counted {
	const char *sql;
	bool (*next)(const struct log_tally *t, size_t i, struct log_tally_name *out);
	int (*put)(struct log_store *s, sqlite3_stmt *q, const struct log_tally_name *x,
		   struct err *e);
} counted[] = {
	{ "INSERT INTO names VALUES (?,?,?,?,?,?) ON CONFLICT (day, log, class, what, name)"
	  " DO UPDATE SET n = n + excluded.n", log_tally_name, put_name },
	{ "INSERT INTO rows VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (day, log, class, rule,"
	  " domain, account, ip) DO UPDATE SET n = n + excluded.n", log_tally_row, put_row },
};

/* Of each day, log and cause, the most frequent first, no more than would be kept. */
static int put_counted(struct log_store *s, const struct counted *c,
		       const struct log_tally *t, struct err *e)
{
	uint16_t (*had)[LOG_DAYS + 2][CAUSE_CLASSES][NLOG_NAMES] =
		calloc(NLOG_KINDS, sizeof(*had));
	sqlite3_stmt *q = store_prepare(&s->db, c->sql, e);
	struct log_tally_name x = { .what = LOG_DOMAIN };
	int rc = q ? 0 : -1;

	if (!had)
		abort();
	for (size_t i = 0; !rc && c->next(t, i, &x); i++)
		if (had[x.kind][x.day - t->first][x.class][x.what]++ < LOG_NAMES_A_DAY)
			rc = c->put(s, q, &x, e);
	sqlite3_finalize(q);
	free(had);
	return rc;
}

static int put_names(struct log_store *s, struct log_tally *t, struct err *e)
{
	heavy_sort(&t->names);
	heavy_sort(&t->rows);
	return put_counted(s, &counted[0], t, e) || put_counted(s, &counted[1], t, e) ? -1 : 0;
}

/* ---- limits ------------------------------------------------------------- */

static int64_t number(struct log_store *s, const char *sql, int64_t arg)
{
	struct err ignored;
	sqlite3_stmt *q = store_prepare(&s->db, sql, &ignored);
	int64_t n = 0;

	if (q) {
		sqlite3_bind_int64(q, 1, arg);
		if (sqlite3_step(q) == SQLITE_ROW)
			n = sqlite3_column_int64(q, 0);
	}
	sqlite3_finalize(q);
	return n;
}

static int forget_day(struct log_store *s, int64_t before, struct err *e)
{
	return run(s, "DELETE FROM names WHERE day < ?", before, e) ||
		run(s, "DELETE FROM rows WHERE day < ?", before, e) ||
		run(s, "DELETE FROM days WHERE day < ?", before, e) ? -1 : 0;
}

/* The rarest of those that are too many. */
#define TRIM(table, group, key) "DELETE FROM " table " WHERE (" key ") IN (SELECT " key \
	" FROM (SELECT *, row_number() OVER (PARTITION BY " group " ORDER BY n DESC) AS place" \
	" FROM " table " WHERE (" group ") IN (SELECT " group " FROM " table \
	" GROUP BY " group " HAVING count(*) > ?1)) WHERE place > ?1)"

static int keep_limits(struct log_store *s, int32_t first, struct err *e)
{
	if (forget_day(s, first, e) ||
	    run(s, TRIM("names", "day, log, class, what", "day, log, class, what, name"),
		LOG_NAMES_A_DAY, e) ||
	    run(s, TRIM("rows", "day, log, class",
			"day, log, class, rule, domain, account, ip"), LOG_NAMES_A_DAY, e))
		return -1;
	while (number(s, "SELECT (SELECT count(*) FROM names) + (SELECT count(*) FROM rows) > ?",
		      LOG_NAMES_MAX))
		if (forget_day(s, number(s, "SELECT min(day) + ? FROM days", 1), e))
			return -1;
	return 0;
}

int log_store_add(struct log_store *s, struct log_tally *t, struct err *e)
{
	if (put_days(s, t, e) || put_names(s, t, e))
		return -1;
	log_tally_clear(t);
	return 0;
}

int log_store_commit(struct log_store *s, struct log_tally *t, struct err *e)
{
	return log_store_add(s, t, e) || put_open(s, t, e) || put_failed(s, t, e) ||
		put_logins(s, t, e) || put_marks(s, e) || keep_limits(s, t->first, e) ||
		store_exec(&s->db, "COMMIT", e) ? -1 : 0;
}
