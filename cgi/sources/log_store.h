#ifndef SOURCES_LOG_STORE_H
#define SOURCES_LOG_STORE_H

#include "mail/log_summary.h"
#include "mail/log_tally.h"
#include "sources/store.h"

/*
 * What was counted in logs, kept from one look to the next ("logs.sqlite", of the
 * scan's account): counts by day, and how far each file was read. Both are written
 * at once, so that a line is counted once or, when we are killed, next time. It is not
 * waited for until it is on disk: when the machine itself fails the file may have to be
 * begun anew, from the logs that are still there.
 *
 * Of one day, log and cause the LOG_NAMES_A_DAY most frequent names are kept, of
 * all LOG_NAMES_MAX; then, and after LOG_DAYS, the oldest days fall out.
 */
#define LOG_NAMES_A_DAY 1000
#define LOG_NAMES_MAX 200000
#define LOG_FILES_MAX 64
#define LOG_HEAD_BYTES 256	/* that a file is recognised by */

/* How far a log was read. It is known by the first bytes of its text, whatever
 * its name, inode and packing became. */
struct log_mark {
	enum log_kind kind;
	unsigned nhead;		/* bytes that head is of */
	char head[65];		/* SHA-256, hexadecimal */
	uint64_t dev, ino, size;	/* of the file when it was read last */
	int64_t mtime;		/* nanoseconds */
	uint64_t offset;	/* of its text; what stands before is counted */
	int64_t seen;
};

struct log_store {
	struct store db;
	int64_t now;
	struct log_mark marks[LOG_FILES_MAX];
	size_t nmarks;
};

int log_store_open(struct log_store *s, const char *dir, int64_t now, struct err *e);
void log_store_close(struct log_store *s);

/* Takes the right to write, which one has at a time, and reads the marks. -1: it
 * cannot be had. */
int log_store_begin(struct log_store *s, struct err *e);
/* What the tally needs to go on: open messages, logins that have just failed. After
 * log_store_begin. */
int log_store_resume(struct log_store *s, struct log_tally *t, struct err *e);
/* Adds what t counted, and clears it, so that each day's names have all its room. */
int log_store_add(struct log_store *s, struct log_tally *t, struct err *e);
/* The same, keeps the marks, and ends what log_store_begin began. */
int log_store_commit(struct log_store *s, struct log_tally *t, struct err *e);

/* The counts as facts, as log_tally_tell does. Where the main log has no line of a
 * day, the reject log tells of it. */
int log_store_tell(struct log_store *s, int32_t today, const char *domain,
		   struct arena *a, struct log_facts *out, struct err *e);

/* The days from s->since on, into a summary that nothing was counted in. */
int log_store_sum_up(struct log_store *s, struct log_summary *out, struct err *e);

#endif
