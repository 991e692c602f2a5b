/* What is kept, as facts: read again as a stranger's text. */
#include <string.h>

#include "mail/when.h"
#include "sources/log_store.h"

#define DAY 86400
#define ROWS_TOLD "20000"

/* The log that tells of a row's day. */
#define DECIDES(table) "log = (CASE WHEN EXISTS (SELECT 1 FROM days AS d WHERE d.day = " \
	table ".day AND d.log = 0) THEN 0 ELSE 1 END)"
#define JUDGED "('relay_unauth','relay_remote_denied','relay_other_mta','auth_fail'," \
	"'auth_tempfail','auth_required_upstream')"

struct telling {
	struct log_store *store;
	struct arena *arena;
	struct log_facts *out;
	struct log_summary *sum;
	uint64_t named[NLOG_NAMES];	/* lines that sum's names are of */
	struct log_row *rows;
	struct log_login *logins;
	struct log_day *days;
	size_t cap;
};

static const char *text_at(struct telling *t, sqlite3_stmt *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q, column);

	for (const char *p = s; p && *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return NULL;
	return s ? arena_strdup(t->arena, s) : NULL;
}

static const char *class_at(sqlite3_stmt *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q, column);

	for (int c = 0; s && c < CAUSE_CLASSES; c++)
		if (!strcmp(s, cause_class_name((enum cause_class)c)))
			return cause_class_name((enum cause_class)c);
	return NULL;
}

/* False: it is no row of ours. */
static bool read_row(struct telling *t, sqlite3_stmt *q, struct log_row *r)
{
	const char *ip = (const char *)sqlite3_column_text(q, 5);
	int64_t n = sqlite3_column_int64(q, 6);

	*r = (struct log_row){
		.day = sqlite3_column_int(q, 0), .class = class_at(q, 1),
		.rule = text_at(t, q, 2), .domain = text_at(t, q, 3),
		.account = text_at(t, q, 4), .n = n > 0 ? (uint64_t)n : 0,
	};
	return r->class && r->rule && r->domain && r->account && ip && r->n &&
		(!*r->domain || text_is_domain(r->domain)) && (!*ip || ip_parse(&r->ip, ip));
}

/* ---- facts -------------------------------------------------------------- */

static void take_row(struct telling *t, sqlite3_stmt *q)
{
	struct log_row r;

	if (!read_row(t, q, &r))
		return;
	t->rows = arena_grow(t->arena, t->rows, t->out->nrows, &t->cap, sizeof(*t->rows));
	t->rows[t->out->nrows++] = r;
}

static void take_login(struct telling *t, sqlite3_stmt *q)
{
	const char *ip = (const char *)sqlite3_column_text(q, 0);
	struct log_login x = { .last = sqlite3_column_int64(q, 1), .who = text_at(t, q, 2) };

	if (!ip || !ip_parse(&x.ip, ip) || !x.who)
		return;
	t->logins = arena_grow(t->arena, t->logins, t->out->nlogins, &t->cap,
			       sizeof(*t->logins));
	t->logins[t->out->nlogins++] = x;
}

static void take_day(struct telling *t, sqlite3_stmt *q)
{
	struct log_day x = { .day = sqlite3_column_int(q, 0), .class = class_at(q, 1) };
	int64_t n = sqlite3_column_int64(q, 2);

	if (!x.class || n < 1)
		return;
	x.n = (uint64_t)n;
	t->days = arena_grow(t->arena, t->days, t->out->ndays, &t->cap, sizeof(*t->days));
	t->days[t->out->ndays++] = x;
}

static void take_span(struct telling *t, sqlite3_stmt *q)
{
	t->out->from = sqlite3_column_int(q, 0);
	t->out->to = sqlite3_column_int(q, 1);
}

static void take_exact(struct telling *t, sqlite3_stmt *q)
{
	t->out->exact = sqlite3_column_int(q, 0) == 1;
}

/* ?1 is since, ?2 text (or NULL). */
static int each(struct telling *t, const char *sql, int64_t since, const char *text,
		void (*take)(struct telling *, sqlite3_stmt *), struct err *e)
{
	sqlite3_stmt *q = store_prepare(&t->store->db, sql, e);
	int rc;

	if (!q)
		return -1;
	t->cap = 0;
	sqlite3_bind_int64(q, 1, since);
	if (text)
		sqlite3_bind_text(q, 2, text, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		take(t, q);
	rc = rc == SQLITE_DONE ? 0 : store_failed(&t->store->db, e);
	sqlite3_finalize(q);
	return rc;
}

int log_store_tell(struct log_store *s, int32_t today, const char *domain,
		   struct arena *a, struct log_facts *out, struct err *e)
{
	struct telling t = { .store = s, .arena = a, .out = out };
	int32_t since = today - LOG_JUDGED_DAYS;

	*out = (struct log_facts){ .counted = true };
	if (each(&t, "SELECT min(day), max(day) FROM days WHERE day > ?", 0, NULL,
		 take_span, e) ||
	    each(&t, "SELECT (SELECT total(n) FROM days WHERE day > ?1 AND class IN " JUDGED
		 ") = (SELECT total(n) FROM rows WHERE day > ?1)",
		 since, NULL, take_exact, e) ||
	    each(&t, "SELECT day, class, rule, domain, account, ip, n FROM rows WHERE"
		 " day > ? AND " DECIDES("rows")
		 " ORDER BY n DESC, day DESC, domain LIMIT " ROWS_TOLD,
		 since, NULL, take_row, e) ||
	    each(&t, "SELECT ip, last, who FROM logins WHERE last >= ?",
		 (int64_t)(since - 1) * DAY, NULL, take_login, e) ||
	    (domain && each(&t, "SELECT day, class, sum(n) FROM names WHERE day > ?1 AND"
			    " what = 0 AND name = ?2 AND " DECIDES("names") " GROUP BY day, class"
			    " ORDER BY day, class",
			    today - LOG_CHART_DAYS, domain, take_day, e)))
		return -1;
	log_logins_sort(t.logins, out->nlogins);
	out->rows = t.rows;
	out->logins = t.logins;
	out->days = t.days;
	return 0;
}

/* ---- a summary ---------------------------------------------------------- */

static void write_day(char out[20], int64_t day)
{
	char text[WHEN_MAX];

	memcpy(out, when_text(text, day * DAY), 10);
	out[10] = '\0';
}

static bool is_refusal(const char *class)
{
	return !strcmp(class, cause_class_name(CAUSE_RELAY_UNAUTH)) ||
		!strcmp(class, cause_class_name(CAUSE_AUTH_FAIL));
}

static void sum_class(struct telling *t, sqlite3_stmt *q)
{
	const char *class = class_at(q, 0);
	int64_t n = sqlite3_column_int64(q, 1);

	if (class && n > 0 && is_refusal(class))
		t->sum->refused += (uint64_t)n;
	for (int c = 0; class && n > 0 && c < CAUSE_CLASSES; c++)
		if (class == cause_class_name((enum cause_class)c))
			t->sum->by_class[c] = (uint64_t)n;
	t->sum->lines += n > 0 ? (uint64_t)n : 0;
}

static void sum_name(struct telling *t, sqlite3_stmt *q)
{
	struct log_summary *s = t->sum;
	int what = sqlite3_column_int(q, 0);
	const char *name = text_at(t, q, 1), *class = class_at(q, 2);
	int64_t n = sqlite3_column_int64(q, 3);
	char key[17];
	struct ip ip;

	if (!name || !class || n < 1 || what < 0 || what >= NLOG_NAMES)
		return;
	t->named[what] += (uint64_t)n;
	if (what != LOG_CLIENT) {
		heavy_add(what == LOG_DOMAIN ? &s->domains : &s->accounts,
			  slice_of(name), (uint64_t)n);
		return;
	}
	if (!ip_parse(&ip, name))
		return;
	heavy_add(&s->clients, log_address_key(&ip, key), (uint64_t)n);
	if (is_refusal(class) && ip_is_private(&ip))
		s->refused -= (uint64_t)n < s->refused ? (uint64_t)n : s->refused;
	else if (is_refusal(class))
		heavy_add(&s->networks, log_network_key(&ip, key), (uint64_t)n);
}

static void sum_login(struct telling *t, sqlite3_stmt *q)
{
	const char *text = (const char *)sqlite3_column_text(q, 0);
	char key[9];
	struct ip ip;

	if (text && ip_parse(&ip, text))
		heavy_add(&t->sum->logins, log_network_key(&ip, key), 1);
}

/* Names that were not kept may be any. */
static void sum_missed(struct telling *t, sqlite3_stmt *q)
{
	struct log_summary *s = t->sum;
	struct heavy *const all[] = { &s->domains, &s->accounts, &s->clients };

	for (int i = 0; i < NLOG_NAMES; i++) {
		int64_t n = sqlite3_column_int64(q, i);

		if (n > 0 && (uint64_t)n > t->named[i])
			all[i]->missed += (uint64_t)n - t->named[i];
	}
	s->networks.missed = s->clients.missed;
}

static void sum_span(struct telling *t, sqlite3_stmt *q)
{
	if (sqlite3_column_type(q, 0) == SQLITE_NULL)
		return;
	write_day(t->sum->first_said, sqlite3_column_int64(q, 0));
	write_day(t->sum->last_said, sqlite3_column_int64(q, 1));
}

int log_store_sum_up(struct log_store *s, struct log_summary *out, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct telling t = { .store = s, .arena = &a, .sum = out };
	int64_t since = out->since.given ? out->since.wall / DAY : 1;
	int rc = each(&t, "SELECT min(day), max(day) FROM days WHERE day >= ?", since,
		      NULL, sum_span, e) ||
		each(&t, "SELECT class, sum(n) FROM days WHERE day >= ? AND " DECIDES("days")
		     " GROUP BY class", since, NULL, sum_class, e) ||
		each(&t, "SELECT what, name, class, n FROM names"
		     " WHERE day >= ? AND " DECIDES("names") " ORDER BY n DESC", since,
		     NULL, sum_name, e) ||
		each(&t, "SELECT ip FROM logins WHERE last >= ?", since * DAY, NULL,
		     sum_login, e) ||
		each(&t, "SELECT total(domains), total(accounts), total(clients) FROM days"
		     " WHERE day >= ? AND " DECIDES("days"),
		     since, NULL, sum_missed, e) ? -1 : 0;

	arena_clear(&a);
	return rc;
}
