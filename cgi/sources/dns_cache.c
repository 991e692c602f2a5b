#include <string.h>

#include "sources/dns_cache.h"
#include "sources/store.h"

/* Rows of up to some megabytes instead of one a name: reading and writing 100,000
 * names one by one takes longer than all else in a scan that asks for few. */
static const struct store_kind kind = {
	.name = "dns.sqlite", .version = 1, .max_mib = 4 * (DNS_CACHE_MAX >> 20),
	.schema = "CREATE TABLE scan (part INTEGER PRIMARY KEY, resolver TEXT NOT NULL,"
		" written INTEGER NOT NULL, nhosts INTEGER NOT NULL,"
		" ndomains INTEGER NOT NULL, hosts BLOB NOT NULL, domains BLOB NOT NULL)",
};

static struct slice copy_blob(struct arena *a, sqlite3_stmt *q, int column)
{
	const void *p = sqlite3_column_blob(q, column);
	size_t n = (size_t)sqlite3_column_bytes(q, column);

	if (!p || n > DNS_CACHE_MAX)
		return (struct slice){ NULL, 0 };
	return (struct slice){ arena_strndup(a, p, n), n };
}

static int load(struct store *s, const char *resolver, int64_t now, struct arena *a,
		struct dns_cached out[DNS_CACHE_PARTS], struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT part, hosts, domains, nhosts, ndomains"
		" FROM scan WHERE part IN (0, 1) AND resolver = ? AND written <= ?", e);
	int rc;

	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, resolver, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, now);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		out[sqlite3_column_int(q, 0)] = (struct dns_cached){
			.hosts = copy_blob(a, q, 1), .domains = copy_blob(a, q, 2),
			.nhosts = (size_t)sqlite3_column_int64(q, 3),
			.ndomains = (size_t)sqlite3_column_int64(q, 4),
		};
	rc = rc == SQLITE_DONE ? 0 : store_failed(s, e);
	sqlite3_finalize(q);
	return rc;
}

int dns_cache_load(const char *dir, const char *resolver, int64_t now,
		   struct arena *a, struct dns_cached out[DNS_CACHE_PARTS],
		   struct err *e)
{
	struct store s;
	int rc;

	memset(out, 0, DNS_CACHE_PARTS * sizeof(*out));
	if (store_open(&s, dir, &kind, e))
		return -1;
	rc = load(&s, resolver, now, a, out, e);
	store_close(&s);
	return rc;
}

static int save(struct store *s, const char *resolver, int64_t now,
		enum dns_cache_part part, const struct dns_cached *x, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, "INSERT OR REPLACE INTO scan VALUES (?, ?, ?, ?, ?, ?, ?)", e);
	int rc;

	if (!q)
		return -1;
	sqlite3_bind_int(q, 1, part);
	sqlite3_bind_text(q, 2, resolver, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, now);
	sqlite3_bind_int64(q, 4, (sqlite3_int64)x->nhosts);
	sqlite3_bind_int64(q, 5, (sqlite3_int64)x->ndomains);
	sqlite3_bind_blob(q, 6, x->hosts.n ? x->hosts.p : "", (int)x->hosts.n, SQLITE_STATIC);
	sqlite3_bind_blob(q, 7, x->domains.n ? x->domains.p : "", (int)x->domains.n, SQLITE_STATIC);
	rc = sqlite3_step(q) == SQLITE_DONE ? 0 : store_failed(s, e);
	sqlite3_finalize(q);
	return rc;
}

int dns_cache_save(const char *dir, const char *resolver, int64_t now,
		   enum dns_cache_part part, const struct dns_cached *x,
		   struct err *e)
{
	struct store s;
	int rc;

	if (store_open(&s, dir, &kind, e))
		return -1;
	rc = store_exec(&s, "BEGIN IMMEDIATE", e);
	if (!rc && part == DNS_CACHE_WHOLE)
		rc = store_exec(&s, "DELETE FROM scan", e);
	if (!rc)
		rc = save(&s, resolver, now, part, x, e);
	if (!rc)
		rc = store_exec(&s, "COMMIT", e);
	store_close(&s);	/* an open transaction ends undone */
	return rc;
}
