#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/sha256.h"
#include "sources/log_follow.h"
#include "sources/log_reader.h"

#define DAY 86400

struct following {
	struct arena arena;
	struct log_store *store;
	struct log_tally *tally;	/* NULL until something new is there */
	int32_t today;
	struct log_reader *reader;
	const struct log_source *source;
	struct stat st;
	int64_t day;		/* that is being counted */
	bool changed;
	int rc;			/* of what was added between two lines */
	struct err *e;
};

/* A day that is over is added, so that its names have all the tally's room. */
static void count_line(void *ctx, struct slice line)
{
	struct following *f = ctx;
	struct log_event x;

	log_event_read(line, &x);
	if (x.ts.present && x.ts.wall / DAY > f->day && !f->rc) {
		f->rc = f->day ? log_store_add(f->store, f->tally, f->e) : 0;
		f->day = x.ts.wall / DAY;
	}
	log_tally_event(f->tally, &x);
}

static void count_login(void *ctx, struct slice line)
{
	log_tally_line(((struct following *)ctx)->tally, line);
}

/* ---- which file it is --------------------------------------------------- */

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void digest(const char *p, size_t n, char out[65])
{
	uint32_t sum[SHA256_WORDS];

	sha256(p, n, sum);
	for (size_t i = 0; i < SHA256_WORDS; i++)
		snprintf(out + 8 * i, 9, "%08x", sum[i]);
}

/* Nothing has touched it since: told without a look into it. */
static struct log_mark *untouched(struct following *f)
{
	for (size_t i = 0; i < f->store->nmarks; i++) {
		struct log_mark *m = &f->store->marks[i];

		if (m->kind == f->source->kind && m->dev == f->st.st_dev &&
		    m->ino == f->st.st_ino && m->size == (uint64_t)f->st.st_size &&
		    m->mtime == mtime_of(&f->st))
			return m;
	}
	return NULL;
}

/* The first bytes of its text. */
static size_t read_head(struct following *f, char head[LOG_HEAD_BYTES])
{
	int n;

	if (!log_reader_resume(f->reader, f->source->fd, 0, LOG_HEAD_BYTES))
		return 0;
	n = gzread(f->reader->gz, head, LOG_HEAD_BYTES);
	gzclose(f->reader->gz);
	return n > 0 ? (size_t)n : 0;
}

/* Of several that fit the one that says most. */
static struct log_mark *known(struct following *f, const char *head, size_t n)
{
	struct log_mark *best = NULL;
	char sum[65];

	for (size_t i = 0; i < f->store->nmarks; i++) {
		struct log_mark *m = &f->store->marks[i];

		if (m->kind != f->source->kind || m->nhead > n ||
		    (best && best->nhead >= m->nhead))
			continue;
		digest(head, m->nhead, sum);
		if (!strcmp(sum, m->head))
			best = m;
	}
	return best;
}

static struct log_mark *new_mark(struct following *f)
{
	struct log_store *s = f->store;
	struct log_mark *m = &s->marks[0];

	if (s->nmarks < LOG_FILES_MAX)
		m = &s->marks[s->nmarks++];
	for (size_t i = 0; m < &s->marks[s->nmarks - 1] && i < s->nmarks; i++)
		if (s->marks[i].seen < m->seen)
			m = &s->marks[i];
	*m = (struct log_mark){ .kind = f->source->kind };
	return m;
}

/* ---- reading on --------------------------------------------------------- */

static void keep(struct following *f, struct log_mark *m, const char *head, size_t n)
{
	m->nhead = (unsigned)(n < m->offset ? n : m->offset);
	digest(head, m->nhead, m->head);
	m->dev = f->st.st_dev;
	m->ino = f->st.st_ino;
	m->size = (uint64_t)f->st.st_size;
	m->mtime = mtime_of(&f->st);
	m->seen = f->store->now;
	f->changed = true;
}

/* What counts, made when the first new line is there to be counted. */
static int need_tally(struct following *f, struct err *e)
{
	uint64_t seed;

	if (f->tally)
		return 0;
	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = 0;
	f->tally = arena_zalloc(&f->arena, sizeof(*f->tally));
	log_tally_init(f->tally, f->today, seed, &f->arena);
	return log_store_resume(f->store, f->tally, e);
}

/* Where reading begins is *at; it is left where reading ended. */
static int read_on(struct following *f, uint64_t *at, struct err *e)
{
	struct log_reader *r = f->reader;

	/* Text that ends too early is another's that is still being written. */
	if (!log_reader_resume(r, f->source->fd, *at, LOG_FOLLOW_MAX))
		return 0;
	f->tally->kind = f->source->kind;
	f->day = 0;
	f->e = e;
	if (log_reader_lines(r, r->gzip, f->source->kind == LOG_MAIL ? count_login :
			     count_line, f))
		log_line(LOG_LINE_WARNING, "%s could be read in part only", f->source->name);
	*at = r->at;
	gzclose(r->gz);
	return f->rc;
}

/* What is left of a plain file that was cut: a copy in the making has nothing new,
 * the file itself goes on where it ends now. */
static void shorter(struct following *f, struct log_mark *m, const char *head, size_t n)
{
	if (m->dev != f->st.st_dev || m->ino != f->st.st_ino)
		return;
	m->offset = (uint64_t)f->st.st_size;
	keep(f, m, head, n);
}

static int follow(struct following *f, struct err *e)
{
	uint64_t size = (uint64_t)f->st.st_size, at;
	char head[LOG_HEAD_BYTES];
	size_t n = read_head(f, head);
	struct log_mark *m = n ? known(f, head, n) : NULL;
	bool plain = !f->reader->gzip;

	if (!n)
		return 0;
	at = m ? m->offset : plain && size > LOG_FOLLOW_MAX ? size - LOG_FOLLOW_MAX : 0;
	if (plain && size < at) {
		shorter(f, m, head, n);
		return 0;
	}
	if (need_tally(f, e) || read_on(f, &at, e))
		return -1;
	if (!at)
		return 0;
	if (!m)
		m = new_mark(f);
	m->offset = at;
	keep(f, m, head, n);
	return 0;
}

static int look(struct following *f, struct err *e)
{
	struct log_mark *m;

	if (fstat(f->source->fd, &f->st) || !f->st.st_size ||
	    f->st.st_mtim.tv_sec < f->store->now - (int64_t)LOG_DAYS * DAY)
		return 0;
	m = untouched(f);
	if (!m)
		return follow(f, e);
	if (m->seen < f->store->now - DAY) {
		m->seen = f->store->now;
		f->changed = true;
	}
	return 0;
}

static int finish(struct following *f, struct err *e)
{
	if (!f->changed)
		return store_exec(&f->store->db, "ROLLBACK", e);
	return need_tally(f, e) || log_store_commit(f->store, f->tally, e) ? -1 : 0;
}

int log_follow(struct log_store *s, const struct log_source *sources, size_t n,
	       int32_t today, struct err *e)
{
	struct following f = { .store = s, .today = today };
	struct err ignored;
	int rc = log_store_begin(s, e);

	f.reader = arena_zalloc(&f.arena, sizeof(*f.reader));
	for (size_t i = 0; i < n && !rc; i++) {
		f.source = &sources[i];
		rc = look(&f, e);
	}
	rc = rc ? rc : finish(&f, e);
	if (rc)		/* half of it shall not be told */
		store_exec(&s->db, "ROLLBACK", &ignored);
	arena_clear(&f.arena);
	return rc;
}
