#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "priv/audit.h"
#include "priv/field.h"
#include "priv/job.h"
#include "priv/journal.h"
#include "priv/undo.h"

/* Longer than the nap of one who waits for the lock: all have their turn. */
#define PAUSE_MS 8
/* The lock is waited for 15 s; as often as this before a job gives up. */
#define LOCK_TRIES 20

struct job {
	struct arena arena;
	struct conversation *with;
	struct entry parent;
	const char *verb;	/* of each row; "undo" */
	const struct priv_row *rows;
	size_t n;
	char ended[300];	/* why before the last row; "" */
};

/* ---- beginning --------------------------------------------------------- */

/* Resellers have one place of their own, the others two: whoever works through
 * many leaves the helper to the rest. */
static int take_place(const struct caller *c, struct err *e)
{
	static const struct peer_rule resellers = { "resellers-job", WHO_RESELLER, 1, 0 };
	static const struct peer_rule others = { "job", WHO_ADMIN, 2, 0 };

	if (!caller_take_slot(c->who == WHO_RESELLER ? &resellers : &others, e))
		return 0;
	return err_set(e, ERR_LIMIT,
		       "as many jobs as may be are at work already: wait for the end of one, or stop it");
}

static struct job *job_new(struct ask *a, const struct entry *parent,
			   const char *verb, const struct priv_row *rows, size_t n)
{
	struct job *j = calloc(1, sizeof(*j));
	struct priv_row *mine;

	if (!j)
		abort();
	j->with = a->with;
	j->parent = *parent;
	j->verb = arena_strdup(&j->arena, verb);
	mine = arena_zalloc(&j->arena, (n + 1) * sizeof(*mine));
	memcpy(mine, rows, n * sizeof(*mine));
	j->rows = mine;
	j->n = n;
	field_set(a->reply, change, "%s", parent->id);
	a->with->job = j;
	return j;
}

int job_begin(struct change *c, struct ask *a, const struct priv_row *rows,
	      size_t n, struct err *e)
{
	struct entry x = { .id = "" };

	if (take_place(&a->with->caller, e) ||
	    change_fill(a, &x, STATE_PREPARED, e))
		return -1;
	field_set(&x, total, "%zu", n);
	if (journal_write(&x, e))
		return -1;
	audit_write(c->audit, "bulk", &a->with->caller, &x);
	job_new(a, &x, a->q->name, rows, n);
	return 0;
}

/* ---- its rows in the journal ------------------------------------------- */

int job_each_row(const struct entry *parent,
		 void (*take)(void *ctx, const struct entry *row), void *ctx,
		 struct err *e)
{
	struct arena a = ARENA_INIT;
	struct err unreadable;
	struct entry x;
	char **ids;
	size_t n;
	int rc = journal_ids(&a, &ids, &n, e);

	for (size_t i = 0; !rc && i < n && strcmp(ids[i], parent->id) > 0; i++)
		if (!journal_read(&x, ids[i], &unreadable) &&
		    !strcmp(x.parent, parent->id))
			take(ctx, &x);
	arena_clear(&a);
	return rc;
}

struct counts {
	unsigned stand, undone, failed;
};

static void count_row(void *ctx, const struct entry *row)
{
	struct counts *n = ctx;

	if (entry_stands(row))
		n->stand++;
	else if (entry_is(row, STATE_UNDONE))
		n->undone++;
	else
		n->failed++;
}

int job_count(struct entry *parent, struct err *e)
{
	struct counts n = { 0, 0, 0 };

	if (job_each_row(parent, count_row, &n, e))
		return -1;
	field_set(parent, done, "%u", n.stand);
	field_set(parent, failed, "%u", n.failed);
	field_set(parent, undone, "%u", n.undone);
	field_set(parent, state, "%s", n.stand ? STATE_KEPT :
		  n.undone ? STATE_UNDONE : STATE_FAILED);
	return 0;
}

/* ---- undoing all of it ------------------------------------------------- */

struct standing {
	struct arena *arena;
	struct priv_row *rows;
	size_t n, cap;
};

static void take_standing(void *ctx, const struct entry *row)
{
	struct standing *s = ctx;

	if (!entry_stands(row))
		return;
	s->rows = arena_grow(s->arena, s->rows, s->n, &s->cap, sizeof(*s->rows));
	memset(&s->rows[s->n], 0, sizeof(*s->rows));
	field_set(&s->rows[s->n], name, "%s", row->id);
	s->n++;
}

int job_find(struct ask *a, struct entry *parent, struct err *e)
{
	if (journal_read(parent, a->q->name, e))
		return -1;
	if (!entry_is_job(parent))
		return err_set(e, ERR_INPUT, "change %s is no job over many", parent->id);
	if (!change_decides(&a->with->caller, parent))
		return err_set(e, ERR_DENIED, "the job %s was begun by somebody else",
			       parent->id);
	return 0;
}

static int check_ended(const struct entry *x, struct err *e)
{
	if (entry_is(x, STATE_PREPARED) || *x->undo)
		return err_set(e, ERR_STALE, "the job %s is at work: stop it first", x->id);
	if (!entry_is(x, STATE_KEPT))
		return err_set(e, ERR_STALE, "of the job %s nothing stands that could be undone",
			       x->id);
	return 0;
}

static int prepare_undo(struct ask *a, struct entry *x, struct err *e)
{
	if (session_begin(&a->with->session, x->id, e))
		return -1;
	field_set(x, session, "%s", a->with->session.name);
	change_undo_begins(&a->with->caller, x);
	return journal_write(x, e);
}

int job_begin_undo(struct change *c, struct ask *a, struct entry *x,
		   struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct standing s = { .arena = &arena };
	int rc = -1;

	if (!job_find(a, x, e) && !check_ended(x, e) &&
	    !take_place(&a->with->caller, e) &&
	    !job_each_row(x, take_standing, &s, e) && !prepare_undo(a, x, e)) {
		audit_write(c->audit, "undo", &a->with->caller, x);
		job_new(a, x, "undo", s.rows, s.n);
		rc = 0;
	}
	arena_clear(&arena);
	return rc;
}

/* ---- at work ----------------------------------------------------------- */

/* Whoever else has a change to make shall not wait for all of ours. */
static int begin_row(struct change *c, bool first, struct err *e)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!first)
			nanosleep(&pause, NULL);
		if (!change_begin_again(c, e))
			return 0;
	}
	return -1;
}

/* -1: nothing more can be done. What became of the row stands in the journal. */
static int do_row(struct job *j, size_t i, struct err *e)
{
	struct priv_request q = { .version = PRIV_VERSION };
	struct priv_reply r = { .version = PRIV_VERSION };
	struct ask a = {
		.with = j->with, .q = &q, .reply = &r, .parent = j->parent.id,
		.passed = -1, .answer = -1,
	};
	struct change c;

	field_set(&q, verb, "%s", j->verb);
	memcpy(q.name, j->rows[i].name, sizeof(q.name));
	memcpy(q.expect, j->rows[i].expect, sizeof(q.expect));
	memcpy(q.value, j->rows[i].value, sizeof(q.value));
	if (begin_row(&c, i == 0, e))
		return -1;
	e->text[0] = '\0';
	if (*j->parent.undo)
		undo_locked(&c, &a, e);
	else
		setting_change_locked(&c, &a, e);
	change_end(&c);
	return *r.change ? 0 : -1;
}

static void do_rows(struct job *j)
{
	char by[sizeof(j->parent.by)];
	struct err e = { .text = "" };

	for (size_t i = 0; i < j->n; i++) {
		if (session_stop_asked(&j->with->session, by, sizeof(by))) {
			field_set(j, ended, "Stopped by %s.", by);
			return;
		}
		if (do_row(j, i, &e)) {
			field_set(j, ended, "Ended early: %s", e.text);
			log_line(LOG_LINE_ERROR, "job %s: %s", j->parent.id, e.text);
			return;
		}
	}
}

static int finish(struct job *j, struct err *e)
{
	struct entry *x = &j->parent;
	bool undo = *x->undo;
	struct change c;
	int rc;

	if (begin_row(&c, false, e))
		return -1;
	rc = job_count(x, e);
	field_set(x, text, "%s%s", undo && *j->ended ? "undo: " : "", j->ended);
	field_set(x, undo, "%s", "");
	if (!rc)
		rc = journal_write(x, e);
	audit_write(c.audit, undo ? "undo" : "bulk", &j->with->caller, x);
	change_end(&c);
	return rc;
}

/* An end that cannot be written is left to recovery. */
void job_run(struct job *j)
{
	struct err e;

	do_rows(j);
	if (finish(j, &e))
		log_line(LOG_LINE_ERROR, "job %s: its end was not written: %s",
			 j->parent.id, e.text);
	arena_clear(&j->arena);
	free(j);
}
