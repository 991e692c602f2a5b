#ifndef SOURCES_STORE_H
#define SOURCES_STORE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * A database of ours (SQLite): what the next scan shall know of this one. Its
 * directory and the file belong to the account that runs, and nobody else may
 * enter the first or read the second; all the same, what is read from it is a
 * stranger's text. It is never needed: who cannot have it goes on without.
 *
 * A file that is no database, is damaged, or was made by another version, is
 * moved aside (to NAME.broken, in place of the one before) and a new one begun;
 * so it is at the next opening when damage is only seen while it is used.
 */
struct store {
	sqlite3 *db;
	const char *dir, *name;
	bool broken;	/* damage was seen */
};

struct store_kind {
	const char *name;	/* "dns.sqlite" */
	int version;		/* of the schema */
	const char *schema;
	unsigned max_mib;	/* the file grows no larger: writing fails then */
	bool durable;		/* committed means on disk; otherwise a crash of the
				 * machine may cost the file, which is then begun anew */
	bool of_blobs;		/* few rows of up to megabytes, read whole: large pages,
				 * of which hardly any are held twice */
};

/* k and dir must live as long as s. ERR_UNAVAILABLE says why there is none. */
int store_open(struct store *s, const char *dir, const struct store_kind *k,
	       struct err *e);
void store_close(struct store *s);	/* NULL db: nothing */

/* The caller finalizes it; NULL with e. sql is one statement. */
sqlite3_stmt *store_prepare(struct store *s, const char *sql, struct err *e);
int store_exec(struct store *s, const char *sql, struct err *e);
/* What SQLite says of its last failure; -1. */
int store_failed(struct store *s, struct err *e);

#endif
