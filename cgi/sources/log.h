#ifndef SOURCES_LOG_H
#define SOURCES_LOG_H

#include "sources/world.h"

/*
 * One bounded look at exim_mainlog and its newest rotation (plain or gzip):
 * which of the judged domains got mail from other hosts without AUTH, when
 * last, from whom (struct arrivals), how connections to other servers went
 * (f->ports.log), and the span it covers. What was refused in the last days, and who
 * logged in, is f->log: from w->state_dir where there is one, after what is new in
 * Exim's logs and the mail log was added to it (sources/log_follow); else from these
 * files too. At most
 * LOG_LOOK_MAX bytes of text of each file are read, the newest of a plain one.
 * Sets SOURCE_LOG; without a mainlog it is absent, which is not a failure.
 */
#define LOG_LOOK_MAX (128u << 20)

/*
 * Every line of a log, plain or gzip, goes to line(ctx, …); of a plain one only
 * the last LOG_LOOK_MAX bytes, of a gzip the first. Where text is passed over
 * comes the line ARRIVALS_GAP. Takes fd over. -1: it cannot be read.
 */
int log_lines(int fd, void (*line)(void *ctx, struct slice line), void *ctx);

/* The same, of another number of bytes. */
int log_lines_of(int fd, uint64_t look, void (*line)(void *ctx, struct slice line),
		 void *ctx);

/* The same, the whole of a file or a stream, which `name` calls. -1: not all of
 * it could be read; the lines before were told. */
int log_lines_all(int fd, const char *name, void (*line)(void *ctx, struct slice line),
		  void *ctx, struct err *e);

/* The moment (UTC) when this server's clocks showed these digits. */
int64_t log_utc_here(int64_t wall);

/* The other way round: the digits that they show at a moment. */
int64_t log_wall_here(int64_t utc);

/* domain: the one that is looked at, or NULL. */
void log_gather(struct world *w, const char *domain, struct facts *f, struct arena *a);

#endif
