#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "mail/account_log.h"
#include "mail/arrivals.h"
#include "mail/outbound.h"
#include "mail/return_look.h"
#include "mail/round_look.h"
#include "mail/use_look.h"
#include "sources/log.h"
#include "sources/log_follow.h"
#include "sources/log_hosted.h"
#include "sources/log_reader.h"

/* Some of the text is left unread at the end: only a gzip can be so long. */
static bool is_cut(struct log_reader *r)
{
	return !r->left && gzgetc(r->gz) >= 0;
}

int log_lines_of(int fd, uint64_t look, void (*each)(void *ctx, struct slice line),
		 void *ctx)
{
	struct log_reader *r = malloc(sizeof(*r));
	int rc = 0;

	if (!r)
		abort();
	if (log_reader_enter(r, fd, look)) {
		if (r->late)
			each(ctx, slice_of(ARRIVALS_GAP));
		log_reader_lines(r, true, each, ctx);
		if (is_cut(r))
			each(ctx, slice_of(ARRIVALS_GAP));
		gzclose(r->gz);
	} else {
		close(fd);
		rc = -1;
	}
	free(r);
	return rc;
}

int log_lines(int fd, void (*each)(void *ctx, struct slice line), void *ctx)
{
	return log_lines_of(fd, LOG_LOOK_MAX, each, ctx);
}

int log_lines_all(int fd, const char *name, void (*each)(void *ctx, struct slice line),
		  void *ctx, struct err *e)
{
	struct log_reader *r = malloc(sizeof(*r));
	const char *why;
	int code, rc = 0;

	if (!r)
		abort();
	if (!log_reader_enter(r, fd, UINT64_MAX)) {
		close(fd);
		free(r);
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be read", name);
	}
	log_reader_lines(r, true, each, ctx);
	why = gzerror(r->gz, &code);
	if (code == Z_ERRNO)
		why = strerror(errno);
	if (code != Z_OK && code != Z_STREAM_END)
		rc = err_set(e, ERR_UNAVAILABLE, "%s could be read in part only: %s",
			     name, why);
	/* Z_BUF_ERROR: the compressed text ends too early. */
	if (gzclose(r->gz) == Z_BUF_ERROR && !rc)
		rc = err_set(e, ERR_UNAVAILABLE, "%s ends too early", name);
	free(r);
	return rc;
}

/* What is looked for in every line. */
struct looks {
	struct arrival_look *in;
	struct account_look *accounts;
	struct outbound_look *out;
	struct round_look *rounds;
	struct use_look *uses;
	struct return_look *returns;
	struct log_tally *tally;	/* NULL: what is kept tells it */
};

static void take_line(void *ctx, struct slice line)
{
	const struct looks *l = ctx;

	arrival_look_line(l->in, line);
	account_look_line(l->accounts, line);
	outbound_look_line(l->out, line);
	round_look_line(l->rounds, line);
	use_look_line(l->uses, line);
	return_look_line(l->returns, line);
	if (l->tally)
		log_tally_line(l->tally, line);
}

/* The log's wall clock is this machine's; mktime knows its zone. */
int64_t log_utc_here(int64_t wall)
{
	time_t t = (time_t)wall;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return wall;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

int64_t log_wall_here(int64_t utc)
{
	time_t t = (time_t)utc;
	struct tm tm;

	return localtime_r(&t, &tm) ? utc + tm.tm_gmtoff : utc;
}

/* Today, by the log's clock. */
static int32_t today(struct world *w)
{
	bool here = !strcmp(w->ops->kind, "live");

	return (int32_t)((here ? log_wall_here(w->now) : w->now) / 86400);
}

/* For those who look only where there is a log: it takes something for each domain. */
static void begin(struct looks *l, struct world *w, struct facts *f, struct arena *a)
{
	bool here = !strcmp(w->ops->kind, "live");

	if (l->in)
		return;
	l->in = arrival_look_new(f, a, here ? log_utc_here : NULL);
	l->accounts = account_look_new(f, a, here ? log_utc_here : NULL);
	l->out = outbound_look_new(f, a, here ? log_utc_here : NULL);
	l->rounds = round_look_new(f, a, here ? log_utc_here : NULL);
	l->uses = use_look_new(f, a, here ? log_utc_here : NULL);
	l->returns = return_look_new(f, a, here ? log_utc_here : NULL);
}

static int look_at_all(struct looks *looks, struct world *w, struct facts *f,
		       struct arena *a, struct err *e)
{
	const enum world_file files[] = { WORLD_EXIM_MAINLOG_1, WORLD_EXIM_MAINLOG };
	int rc = -1;

	/* The older file first, so that "last" is the last; the other one decides. */
	for (size_t i = 0; i < 2; i++) {
		struct world_mode ignored;
		int fd = w->ops->file(w, files[i], &ignored, e);

		rc = fd < 0 ? -1 : 0;
		if (fd >= 0)
			begin(looks, w, f, a);
		if (fd >= 0 && log_lines(fd, take_line, looks))
			rc = err_set(e, ERR_UNAVAILABLE, "%s cannot be read",
				     world_files[files[i]].row);
	}
	if (!rc) {
		account_look_end(looks->accounts);
		use_look_end(looks->uses);
	}
	/* Of one domain alone nobody knows which others are hosted here. */
	if (!rc && !f->partial)
		arrival_look_end(looks->in);
	return rc;
}

/* ---- what is counted ----------------------------------------------------- */

/* The newest of each is opened first: one that is renamed between two is met
 * twice then, and never missed. Read they are from the end of the list. */
static const struct {
	enum world_file file;
	enum log_kind kind;
} followed[] = {
	{ WORLD_EXIM_MAINLOG, LOG_MAIN }, { WORLD_EXIM_MAINLOG_1, LOG_MAIN },
	{ WORLD_EXIM_MAINLOG_2, LOG_MAIN }, { WORLD_EXIM_MAINLOG_3, LOG_MAIN },
	{ WORLD_EXIM_MAINLOG_4, LOG_MAIN }, { WORLD_EXIM_MAINLOG_5, LOG_MAIN },
	{ WORLD_EXIM_MAINLOG_6, LOG_MAIN }, { WORLD_EXIM_MAINLOG_7, LOG_MAIN },
	{ WORLD_EXIM_REJECTLOG, LOG_REJECT }, { WORLD_EXIM_REJECTLOG_1, LOG_REJECT },
	{ WORLD_EXIM_PANICLOG, LOG_PANIC },
	{ WORLD_MAILLOG, LOG_MAIL }, { WORLD_MAILLOG_1, LOG_MAIL },
};

#define NFOLLOWED (sizeof(followed) / sizeof(*followed))

static int follow_all(struct log_store *s, struct world *w, struct err *e)
{
	struct log_source sources[NFOLLOWED];
	size_t n = NFOLLOWED;
	int rc;

	for (size_t i = 0; i < NFOLLOWED; i++) {
		struct world_mode ignored;
		struct err absent;
		int fd = w->ops->file(w, followed[i].file, &ignored, &absent);

		if (fd >= 0)
			sources[--n] = (struct log_source){ followed[i].kind, fd,
				world_files[followed[i].file].row };
	}
	rc = log_follow(s, sources + n, NFOLLOWED - n, today(w), e);
	for (; n < NFOLLOWED; n++)
		close(sources[n].fd);
	return rc;
}

/* From what is kept. What cannot be added now, since another look adds it or there
 * is no room, is added by the next one: until then it is as it was. */
static int tell_kept(struct world *w, const char *domain, struct facts *f,
		     struct arena *a, struct err *e)
{
	struct log_store *s = arena_zalloc(a, sizeof(*s));
	int rc = log_store_open(s, w->state_dir, w->now, e);

	if (rc)
		return rc;
	if (follow_all(s, w, e))
		log_line(LOG_LINE_WARNING, "the logs were not read on: %s", e->text);
	rc = log_store_tell(s, today(w), domain, a, &f->log, e);
	log_store_close(s);
	return rc;
}

static struct log_tally *new_tally(struct world *w, struct arena *a)
{
	struct log_tally *t = arena_zalloc(a, sizeof(*t));

	log_tally_init(t, today(w), (uint64_t)w->now, a);
	return t;
}

static void count_line(void *ctx, struct slice line)
{
	log_tally_line(ctx, line);
}

/* Logins to mailboxes: where nobody logs them, those to Exim alone are known. */
static void count_logins(struct world *w, struct log_tally *t)
{
	const enum world_file files[] = { WORLD_MAILLOG_1, WORLD_MAILLOG };

	t->kind = LOG_MAIL;
	for (size_t i = 0; i < 2; i++) {
		struct world_mode ignored;
		struct err absent;
		int fd = w->ops->file(w, files[i], &ignored, &absent);

		if (fd >= 0)
			log_lines(fd, count_line, t);
	}
}

/* ------------------------------------------------------------------------ */

static bool is_kept(struct world *w, const char *domain, struct facts *f, struct arena *a)
{
	struct err e;

	if (!w->state_dir)
		return false;
	if (!tell_kept(w, domain, f, a, &e))
		return true;
	log_line(LOG_LINE_WARNING, "what the logs said is not kept: %s", e.text);
	f->log = (struct log_facts){ .counted = false };
	return false;
}

void log_gather(struct world *w, const char *domain, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_LOG];
	struct looks looks = { .tally = NULL };
	struct err e;

	s->state = SOURCE_OK;
	if (!is_kept(w, domain, f, a))
		looks.tally = new_tally(w, a);
	if (!look_at_all(&looks, w, f, a, &e)) {
		if (looks.tally) {
			count_logins(w, looks.tally);
			log_tally_tell(looks.tally, domain, a, &f->log);
		}
		if (domain)
			log_hosted_gather(w, f, a);
		return;
	}
	s->state = e.code == ERR_NOT_FOUND ? SOURCE_ABSENT : SOURCE_FAILED;
	s->why = arena_strdup(a, e.text);
}
