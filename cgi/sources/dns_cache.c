#include <string.h>

#include "sources/dns_cache.h"
#include "sources/store.h"

/* Rows of up to some megabytes instead of one a name: reading and writing 100,000
 * names one by one takes longer than all else in a scan that asks for few. */
static const struct store_kind kind = {
	.name = "dns.sqlite", .version = 3, .max_mib = 4 * (DNS_CACHE_MAX >> 20), .of_blobs = true,
	.schema = "CREATE TABLE scan (part INTEGER PRIMARY KEY, resolver TEXT NOT NULL,"
		" written INTEGER NOT NULL, nhosts INTEGER NOT NULL,"
		" ndomains INTEGER NOT NULL, hosts BLOB NOT NULL, domains BLOB NOT NULL)",
};

/* Straight to where it stays: SQLite itself would hold some megabytes twice. */
static int read_blob(struct store *s, const char *column, int part, struct arena *a,
		     struct slice *out, struct err *e)
{
	sqlite3_blob *blob = NULL;
	int n, rc = 0;
	char *to;

	if (sqlite3_blob_open(s->db, "main", "scan", column, part, 0, &blob) != SQLITE_OK)
		return store_failed(s, e);
	n = sqlite3_blob_bytes(blob);
	if (n <= (int)DNS_CACHE_MAX) {
		to = arena_zalloc(a, (size_t)n + 1);
		*out = (struct slice){ to, (size_t)n };
		if (sqlite3_blob_read(blob, to, n, 0) != SQLITE_OK)
			rc = store_failed(s, e);
	}
	sqlite3_blob_close(blob);
	return rc;
}

/* Which parts hold, and how much is in them. */
static int load_counts(struct store *s, const char *resolver, int64_t now,
		       struct dns_cached out[DNS_CACHE_PARTS], bool holds[DNS_CACHE_PARTS],
		       struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT part, nhosts, ndomains FROM scan"
		" WHERE part IN (0, 1) AND resolver = ? AND written <= ?", e);
	int rc;

	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, resolver, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, now);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int part = sqlite3_column_int(q, 0);

		holds[part] = true;
		out[part].nhosts = (size_t)sqlite3_column_int64(q, 1);
		out[part].ndomains = (size_t)sqlite3_column_int64(q, 2);
	}
	rc = rc == SQLITE_DONE ? 0 : store_failed(s, e);
	sqlite3_finalize(q);
	return rc;
}

static int load(struct store *s, const char *resolver, int64_t now, struct arena *a,
		struct dns_cached out[DNS_CACHE_PARTS], struct err *e)
{
	bool holds[DNS_CACHE_PARTS] = { false };

	if (store_exec(s, "BEGIN", e) || load_counts(s, resolver, now, out, holds, e))
		return -1;
	for (int p = 0; p < DNS_CACHE_PARTS; p++)
		if (holds[p] && (read_blob(s, "hosts", p, a, &out[p].hosts, e) ||
				 read_blob(s, "domains", p, a, &out[p].domains, e)))
			return -1;
	return store_exec(s, "COMMIT", e);
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
