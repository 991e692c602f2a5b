#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/paths.h"
#include "priv/accounts.h"
#include "priv/audit.h"
#include "priv/field.h"
#include "priv/guard.h"
#include "priv/job.h"
#include "priv/journal.h"
#include "priv/lock.h"
#include "priv/place.h"
#include "priv/recovery.h"
#include "priv/session.h"
#include "priv/verb.h"

#define PATIENCE_MS 5000
#define LOCK_WAIT_MS 2000

static void settle_prepared(struct entry *x)
{
	bool done = !strcmp(x->found, x->value);

	field_set(x, state, "%s", done ? STATE_DONE : STATE_FAILED);
	if (done)
		field_set(x, after, "%s", x->found);
	field_set(x, text, "The helper was interrupted; %s is %s, %s.", x->name,
		  x->found, done ? "as asked" : !strcmp(x->found, x->before) ?
		  "as before" : "neither the old nor the new value");
}

static void settle_undo(struct entry *x)
{
	bool undone = !strcmp(x->found, x->before);

	if (undone)
		field_set(x, state, "%s", STATE_UNDONE);
	field_set(x, undo, "%s", "");
	field_set(x, text, "The helper was interrupted while it undid this; %s is %s, %s.",
		  x->name, x->found,
		  undone ? "as before the change" : "the undo did not happen");
}

static void settle_done(struct entry *x)
{
	field_set(x, text, "Nobody looked at the result of this change; %s is %s now.",
		  x->name, x->found);
}

static int settle_job(struct entry *x, struct err *e)
{
	bool undo = *x->undo;

	if (job_count(x, e))
		return -1;
	field_set(x, undo, "%s", "");
	if (undo)
		field_set(x, text, "The helper was interrupted while it undid this: %s undone, %s still stand.",
			  x->undone, x->done);
	else
		field_set(x, text, "The helper was interrupted: of %s, %s were done and %s failed.",
			  x->total, x->done, x->failed);
	return 0;
}

/* Reads what stands now into x->found. A domain or an account that has gone is
 * an answer; a panel that does not answer is none. */
static int look(struct entry *x, struct err *e)
{
	const struct setting *sets = setting_of(x->verb);
	char now[SETTING_MAX] = "";

	if (!sets)
		return err_set(e, ERR_BUG, "this helper knows no %s", x->verb);
	if ((!sets->of_server && accounts_check(x->account, e)) ||
	    sets->read(x->account, x->name, now, e)) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		now[0] = '\0';
	}
	field_set(x, found, "%s", *now ? now : "gone");
	field_set(x, found_at, "%lld", (long long)time(NULL));
	return 0;
}

static int settle_change(struct entry *x, struct err *e)
{
	if (look(x, e))
		return -1;
	if (*x->undo)
		settle_undo(x);
	else if (entry_is(x, STATE_PREPARED))
		settle_prepared(x);
	else
		settle_done(x);
	return 0;
}

static int settle(struct entry *x, int audit, struct err *e)
{
	static const struct caller helper = { .by = "root", .door = "helper" };

	if ((entry_is_job(x) ? settle_job(x, e) : settle_change(x, e)) ||
	    journal_write(x, e))
		return -1;
	log_line(LOG_LINE_WARNING, "change %s (%s %s): %s", x->id, x->verb, x->name,
		 x->text);
	audit_write(audit, "recover", &helper, x);
	return 0;
}

/* A job is at work without the lock, too. */
static bool is_left_behind(const struct entry *x)
{
	bool at_work = !entry_is_job(x) && (entry_is(x, STATE_PREPARED) || *x->undo);

	return journal_is_open(x) && !guard_waits(x) && (at_work || !session_lives(x->session));
}

/* An account that cannot be asked (it may be suspended) keeps no other's entry
 * open, as long as the answers come quickly; and never a guarded one. */
static void recover_all(char **ids, size_t n, int lock, int audit)
{
	int64_t until = io_monotonic_ms() + PATIENCE_MS;
	struct entry x;
	struct err e;

	for (size_t i = 0; i < n; i++) {
		if (journal_read(&x, ids[i], &e)) {
			log_line(LOG_LINE_ERROR, "recovery: %s: %s", ids[i], e.text);
			continue;
		}
		if (guard_is_overdue(&x) || guard_is_half_undone(&x))
			guard_take_back(&x, lock, audit);
		else if (io_monotonic_ms() < until && is_left_behind(&x) && settle(&x, audit, &e))
			log_line(LOG_LINE_ERROR, "recovery: %s: %s", ids[i], e.text);
	}
}

/* Where files are written under the change lock, each with a name of its own, so that
 * no later write comes to what was left of one. */
static void sweep(void)
{
	static const char *const places[] = { PATH_JOURNAL, PATH_RULES, PATH_FROZEN };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		place_sweep(places[i]);
}

/* Its rows are newer and come first. */
void recovery_run(int lock)
{
	struct arena a = ARENA_INIT;
	struct err e = { .text = "" };
	int audit = audit_open(&e);
	char **ids;
	size_t n;

	sweep();
	if (audit < 0 || journal_ids(&a, &ids, &n, &e))
		log_line(LOG_LINE_ERROR, "recovery: %s", e.text);
	else
		recover_all(ids, n, lock, audit);
	if (audit >= 0)
		close(audit);
	arena_clear(&a);
}

void recovery_try(void)
{
	struct err e;
	int lock = lock_take(LOCK_WAIT_MS, &e);

	if (lock >= 0)
		recovery_run(lock);
	lock_drop(lock);
}
