#include "priv/job.h"
#include "priv/journal.h"
#include "priv/undo.h"
#include "priv/valid.h"

/* Of a job, all rows that stand: as a job of its own. No account has one; what is
 * not there, undo_locked says. */
static int run(struct ask *a, struct err *e)
{
	struct change c;
	struct entry x;
	int rc;

	if (change_begin(&c, e))
		return -1;
	rc = a->with->caller.who != WHO_ACCOUNT && !journal_read(&x, a->q->name, e) &&
		entry_is_job(&x) ? job_begin_undo(&c, a, &x, e) : undo_locked(&c, a, e);
	change_end(&c);
	return rc;
}

const struct verb verb_undo = {
	.name = "undo",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_change,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
