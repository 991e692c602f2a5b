#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sources/store.h"

#define APPLICATION_ID 0x52447231	/* "RDr1" */
#define PATH_SIZE 512
#define PAGE_SIZE 4096
#define BLOB_PAGE_SIZE 32768
#define CACHE_KIB 2000	/* as SQLite by itself */
#define BLOB_CACHE_KIB 256
#define BUSY_MS 2000

/* ---- the place ---------------------------------------------------------- */

/* "dir/name" with what SQLite or we hang on it. */
static int path_of(char out[PATH_SIZE], const char *dir, const char *name,
		   const char *suffix, struct err *e)
{
	int n = snprintf(out, PATH_SIZE, "%s/%s%s", dir, name, suffix);

	return n > 0 && n < PATH_SIZE ? 0 :
		err_set(e, ERR_LIMIT, "the directory's name is too long");
}

static int check_dir(const char *dir, struct err *e)
{
	struct stat st;

	if (lstat(dir, &st))
		return err_set(e, ERR_UNAVAILABLE, "%.300s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_UNAVAILABLE, "%.300s is not a directory", dir);
	if (st.st_uid != geteuid() || st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(e, ERR_UNAVAILABLE, "%.300s must belong to uid %u, which scans, and be open to nobody else (mode 0700)",
			       dir, (unsigned)geteuid());
	return 0;
}

/* Ours, and nothing but a file; made when it is not there. */
static int check_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "%.300s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_nlink != 1 || st.st_mode & (S_IRWXG | S_IRWXO))
		rc = err_set(e, ERR_UNAVAILABLE, "%.300s is not a file of uid %u alone (mode 0600)",
			     path, (unsigned)geteuid());
	close(fd);
	return rc;
}

static void move_aside(const char *dir, const char *name)
{
	char from[PATH_SIZE], to[PATH_SIZE];
	struct err e;

	if (path_of(from, dir, name, "", &e) || path_of(to, dir, name, ".broken", &e))
		return;
	if (!rename(from, to))
		log_line(LOG_LINE_WARNING, "%s is damaged or of another version: moved to %s, and begun anew",
			 from, to);
	if (!path_of(from, dir, name, "-journal", &e))
		unlink(from);
}

/* ---- SQLite ------------------------------------------------------------- */

int store_failed(struct store *s, struct err *e)
{
	int code = sqlite3_errcode(s->db) & 0xff;

	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		s->broken = true;
	return err_set(e, ERR_UNAVAILABLE, "%.300s/%s: %.150s", s->dir, s->name,
		       sqlite3_errmsg(s->db));
}

int store_exec(struct store *s, const char *sql, struct err *e)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 :
		store_failed(s, e);
}

sqlite3_stmt *store_prepare(struct store *s, const char *sql, struct err *e)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK)
		return q;
	store_failed(s, e);
	return NULL;
}

/* A number that the database tells of itself; -1 with e. */
static int ask_number(struct store *s, const char *sql, int *out, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, sql, e);
	int rc = 0;

	if (!q)
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW)
		*out = sqlite3_column_int(q, 0);
	else
		rc = store_failed(s, e);
	sqlite3_finalize(q);
	return rc;
}

static int settle(struct store *s, const struct store_kind *k, struct err *e)
{
	unsigned page = k->of_blobs ? BLOB_PAGE_SIZE : PAGE_SIZE;
	char sql[320];

	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	snprintf(sql, sizeof(sql), "PRAGMA page_size=%u; PRAGMA trusted_schema=OFF;"
		 "PRAGMA cell_size_check=ON; PRAGMA journal_mode=TRUNCATE;"
		 "PRAGMA synchronous=%s; PRAGMA max_page_count=%u; PRAGMA cache_size=-%d",
		 page, k->durable ? "FULL" : "OFF", (k->max_mib << 20) / page,
		 k->of_blobs ? BLOB_CACHE_KIB : CACHE_KIB);
	return store_exec(s, sql, e);
}

static int begin_anew(struct store *s, const struct store_kind *k, struct err *e)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
		 APPLICATION_ID, k->version);
	if (!store_exec(s, "BEGIN IMMEDIATE", e) && !store_exec(s, k->schema, e) &&
	    !store_exec(s, sql, e))
		return 0;
	return -1;
}

/* 1: it is not one of ours of this version. */
static int recognise(struct store *s, const struct store_kind *k, struct err *e)
{
	int id = 0, version = 0, tables = 0;

	if (ask_number(s, "PRAGMA application_id", &id, e) ||
	    ask_number(s, "PRAGMA user_version", &version, e) ||
	    ask_number(s, "SELECT count(*) FROM sqlite_master", &tables, e))
		return s->broken ? 1 : -1;
	if (!id && !version && !tables)
		return begin_anew(s, k, e);
	return id != APPLICATION_ID || version != k->version;
}

static int open_once(struct store *s, const struct store_kind *k, struct err *e)
{
	char path[PATH_SIZE];
	int rc = path_of(path, s->dir, s->name, "", e);

	s->broken = false;
	if (rc || check_file(path, e))
		return -1;
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = store_failed(s, e);
	else if (settle(s, k, e))
		rc = s->broken ? 1 : -1;
	else
		rc = recognise(s, k, e);
	if (rc) {
		sqlite3_close(s->db);
		s->db = NULL;
	}
	return rc;
}

int store_open(struct store *s, const char *dir, const struct store_kind *k,
	       struct err *e)
{
	int rc;

	*s = (struct store){ .dir = dir, .name = k->name };
	if (check_dir(dir, e))
		return -1;
	rc = open_once(s, k, e);
	if (rc != 1)
		return rc;
	move_aside(dir, k->name);
	rc = open_once(s, k, e);
	return rc == 1 ? err_set(e, ERR_UNAVAILABLE, "%.300s/%s cannot be begun anew", dir,
				 k->name) : rc;
}

void store_close(struct store *s)
{
	if (!s->db)
		return;
	sqlite3_close(s->db);
	s->db = NULL;
	if (s->broken)
		move_aside(s->dir, s->name);
}
