#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "priv/audit.h"
#include "priv/field.h"
#include "priv/guard.h"
#include "priv/journal.h"
#include "priv/lock.h"
#include "priv/recovery.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* A change that runs into the deadline has its helper's deadlines still. */
#define LOCK_WAIT_MS 150000

static const struct caller timer = { .by = "root", .door = "helper" };

#define GRACE_S 5	/* the timer's own time to come */
#define AGAIN_S 600	/* a firewall that cannot be restarted is not tried at each look */
#define ASKED_S 60	/* … but for who wants to change it */

static bool is_guarded(const struct entry *x)
{
	const struct setting *s = setting_of(x->verb);

	return s && s->guarded;
}

static bool is_unkept(const struct entry *x)
{
	return is_guarded(x) && guard_holds(x) && !*x->undo;
}

static long long number(const char *s)
{
	return strtoll(s, NULL, 10);
}

static bool is_of_an_earlier_start(const struct entry *x)
{
	struct timespec up = { .tv_sec = 0 };

	return !clock_gettime(CLOCK_BOOTTIME, &up) && number(x->at) < time(NULL) - up.tv_sec;
}

static bool is_overdue(const struct entry *x, int again)
{
	long long now = time(NULL);

	if (!is_unkept(x) || (*x->undo_at && now < number(x->undo_at) + again))
		return false;
	return now > number(x->deadline) + GRACE_S || is_of_an_earlier_start(x);
}

bool guard_is_overdue(const struct entry *x)
{
	return is_overdue(x, AGAIN_S);
}

bool guard_waits(const struct entry *x)
{
	return is_unkept(x) && entry_is(x, STATE_PREPARED);
}

bool guard_is_half_undone(const struct entry *x)
{
	return is_guarded(x) && *x->undo;
}

/* The texts of both ends. */
static const char *const unkept[] = {
	"Nobody kept this change by its deadline, so it was taken back.",
	"Nobody kept this change by its deadline, and it could not be taken back: ",
}, *const half_undone[] = {
	"The helper was interrupted while it undid this; it is undone now.",
	"The helper was interrupted while it undid this, and it could not be undone: ",
};

void guard_take_back(struct entry *x, int lock, int audit)
{
	const struct setting *s = setting_of(x->verb);
	struct setting_act back = {
		.lock = lock, .account = x->account, .name = x->name,
		.before = x->value, .value = x->before,
	};
	char found[SETTING_MAX];
	struct err e = { .text = "" };
	bool begun = *x->undo;
	int rc;

	field_set(x, undo, "%s", UNDO_PREPARED);
	if (!begun) {
		field_set(x, undo_by, "%s", timer.by);
		field_set(x, undo_door, "%s", timer.door);
	}
	field_set(x, undo_at, "%lld", (long long)time(NULL));
	if (journal_write(x, &e))	/* all the same */
		log_line(LOG_LINE_ERROR, "rollback of %s: %s", x->id, e.text);
	if (is_of_an_earlier_start(x) || entry_is(x, STATE_KEPT))
		guard_forget_rules(x->id);
	rc = guard_put_back(s, x->id, &back, found, &e);
	field_set(x, text, "%s%.300s", (begun ? half_undone : unkept)[rc != 0], rc ? e.text : "");
	if (*found) {
		field_set(x, undo, "%s", "");
		field_set(x, found, "%s", found);
		field_set(x, found_at, "%lld", (long long)time(NULL));
	}
	if (!rc)
		field_set(x, state, "%s", STATE_UNDONE);
	log_line(LOG_LINE_WARNING, "change %s (%s %s): %s", x->id, x->verb, x->name, x->text);
	if (journal_write(x, &e))
		log_line(LOG_LINE_ERROR, "rollback of %s: %s", x->id, e.text);
	audit_write(audit, "rollback", &timer, x);
}

static int refuse_beside(const struct entry *x, struct err *e)
{
	time_t until = number(x->deadline);
	char when[24] = "its deadline";
	struct tm tm;

	if (*x->undo || time(NULL) > until + GRACE_S)
		return err_set(e, ERR_UNAVAILABLE,
			       "the firewall is changed one by one, and change %s (%.28s %.60s, by %.40s) is not settled: %.200s It is tried again in a minute",
			       x->id, x->verb, x->name, x->by, x->text);
	if (gmtime_r(&until, &tm))
		strftime(when, sizeof(when), "%H:%M:%S UTC", &tm);
	return err_set(e, ERR_UNAVAILABLE,
		       "the firewall is changed one by one, and change %s (%.28s %.60s, by %.40s) still waits for its proof: it is kept once that is there, or taken back at %s. Try again then, or take it back now (relaydoctor undo %s, or the history)",
		       x->id, x->verb, x->name, x->by, when, x->id);
}

int guard_is_only(const struct entry *but, int lock, int audit, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct entry x;
	struct err unreadable;
	char **ids;
	size_t n;
	int rc = journal_ids(&a, &ids, &n, e);

	for (size_t i = 0; !rc && i < n; i++) {
		if ((but && !strcmp(ids[i], but->id)) ||
		    journal_read(&x, ids[i], &unreadable) || !is_guarded(&x))
			continue;
		if (is_overdue(&x, ASKED_S))
			guard_take_back(&x, lock, audit);
		if (guard_holds(&x) || *x.undo)
			rc = refuse_beside(&x, e);
	}
	arena_clear(&a);
	return rc;
}

int guard_rollback(const char *id)
{
	struct entry x = { .id = "" };
	struct err e = { .text = "" };
	int lock, audit;

	if (!valid_change(id)) {
		log_line(LOG_LINE_ERROR, "rollback: that is no change's name");
		return 2;
	}
	lock = lock_take(LOCK_WAIT_MS, &e);
	if (lock < 0)	/* better beside somebody than not at all */
		log_line(LOG_LINE_ERROR, "rollback of %s: %s", id, e.text);
	else if (!lock_begin(lock))
		recovery_run(lock);
	audit = audit_open(&e);
	if (audit < 0 || journal_read(&x, id, &e))
		log_line(LOG_LINE_ERROR, "rollback of %s: %s", id, e.text);
	else if (is_unkept(&x))
		guard_take_back(&x, lock, audit);
	else
		guard_end(&x);
	if (audit >= 0)
		close(audit);
	if (lock >= 0)
		lock_end(lock);
	lock_drop(lock);
	return 0;
}
