#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "mail/account_log.h"
#include "mail/arrivals.h"
#include "mail/outbound.h"
#include "sources/log.h"

#define LINE_MAX_BYTES 65536

/*
 * Lines of one file, plain or gzip (zlib reads both the same way). A plain file
 * is entered `look` bytes before its end, behind the first line feed there.
 * A line longer than the window is cut.
 */
struct reader {
	gzFile gz;
	char window[LINE_MAX_BYTES];
	size_t have;
	uint64_t left;
	bool late;	/* not entered at its beginning */
	bool passing;	/* over the rest of a line that was cut */
};

static bool enter(struct reader *r, int fd, uint64_t look)
{
	off_t size = lseek(fd, 0, SEEK_END), at = 0;
	bool stream = size < 0 && errno == ESPIPE;
	char magic[2] = { 0, 0 };
	bool gzip = pread(fd, magic, 2, 0) == 2 && !memcmp(magic, "\x1f\x8b", 2);

	if (!stream && !gzip && (uint64_t)size > look)
		at = size - (off_t)look;
	if (!stream && lseek(fd, at, SEEK_SET) < 0)
		return false;
	r->gz = gzdopen(fd, "rb");
	if (!r->gz)
		return false;
	/* Far smaller than the window, so that zlib fills that one directly. */
	gzbuffer(r->gz, 1u << 14);
	r->have = 0;
	r->left = look;
	r->late = at > 0;
	r->passing = false;
	if (at)
		while (r->left && gzgetc(r->gz) != '\n')
			r->left--;
	return true;
}

/* The whole lines at the beginning of the window, or a full window without one. */
static struct slice ready(struct reader *r)
{
	const char *last = memrchr(r->window, '\n', r->have);
	struct slice all = { r->window, last ? (size_t)(last - r->window) + 1 : 0 };

	if (!last && r->have == sizeof(r->window))
		all.n = r->have;
	return all;
}

static void give(struct reader *r, struct slice all,
		 void (*each)(void *ctx, struct slice line), void *ctx)
{
	bool whole = all.n && all.p[all.n - 1] == '\n';
	struct slice line;

	if (r->passing && all.n) {
		slice_cut(&all, '\n');
		r->passing = !whole;
	}
	while (slice_line(&all, &line)) {
		each(ctx, line);
		r->passing = !whole && !all.n;
	}
}

static void feed(struct reader *r, void (*each)(void *ctx, struct slice line),
		 void *ctx)
{
	struct slice all;
	int n;

	for (;;) {
		size_t room = sizeof(r->window) - r->have;

		n = gzread(r->gz, r->window + r->have,
			   (unsigned)(room < r->left ? room : r->left));
		if (n <= 0)
			break;
		r->left -= (uint64_t)n;
		r->have += (size_t)n;
		all = ready(r);
		give(r, all, each, ctx);
		r->have -= all.n;
		memmove(r->window, r->window + all.n, r->have);
	}
	give(r, (struct slice){ r->window, r->have }, each, ctx);
}

/* Some of the text is left unread at the end: only a gzip can be so long. */
static bool is_cut(struct reader *r)
{
	return !r->left && gzgetc(r->gz) >= 0;
}

int log_lines_of(int fd, uint64_t look, void (*each)(void *ctx, struct slice line),
		 void *ctx)
{
	struct reader *r = malloc(sizeof(*r));
	int rc = 0;

	if (!r)
		abort();
	if (enter(r, fd, look)) {
		if (r->late)
			each(ctx, slice_of(ARRIVALS_GAP));
		feed(r, each, ctx);
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
	struct reader *r = malloc(sizeof(*r));
	const char *why;
	int code, rc = 0;

	if (!r)
		abort();
	if (!enter(r, fd, UINT64_MAX)) {
		close(fd);
		free(r);
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be read", name);
	}
	feed(r, each, ctx);
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
};

static void take_line(void *ctx, struct slice line)
{
	const struct looks *l = ctx;

	arrival_look_line(l->in, line);
	account_look_line(l->accounts, line);
	outbound_look_line(l->out, line);
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

/* For those who look only where there is a log: it takes something for each domain. */
static void begin(struct looks *l, struct world *w, struct facts *f, struct arena *a)
{
	bool here = !strcmp(w->ops->kind, "live");

	if (l->in)
		return;
	l->in = arrival_look_new(f, a, here ? log_utc_here : NULL);
	l->accounts = account_look_new(f, a, here ? log_utc_here : NULL);
	l->out = outbound_look_new(f, a, here ? log_utc_here : NULL);
}

static int look_at_all(struct world *w, struct facts *f, struct arena *a, struct err *e)
{
	const enum world_file files[] = { WORLD_EXIM_MAINLOG_1, WORLD_EXIM_MAINLOG };
	struct looks looks = { .in = NULL };
	int rc = -1;

	/* The older file first, so that "last" is the last; the other one decides. */
	for (size_t i = 0; i < 2; i++) {
		struct world_mode ignored;
		int fd = w->ops->file(w, files[i], &ignored, e);

		rc = fd < 0 ? -1 : 0;
		if (fd >= 0)
			begin(&looks, w, f, a);
		if (fd >= 0 && log_lines(fd, take_line, &looks))
			rc = err_set(e, ERR_UNAVAILABLE, "%s cannot be read",
				     world_files[files[i]].row);
	}
	if (!rc)
		account_look_end(looks.accounts);
	/* Of one domain alone nobody knows which others are hosted here. */
	if (!rc && !f->partial)
		arrival_look_end(looks.in);
	return rc;
}

void log_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_LOG];
	struct err e;

	s->state = SOURCE_OK;
	if (!look_at_all(w, f, a, &e))
		return;
	s->state = e.code == ERR_NOT_FOUND ? SOURCE_ABSENT : SOURCE_FAILED;
	s->why = arena_strdup(a, e.text);
}
