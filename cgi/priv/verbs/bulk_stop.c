#include <unistd.h>

#include "priv/audit.h"
#include "priv/job.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Its job ends when the row that is at work is done. */
static int run(struct ask *a, struct err *e)
{
	struct entry x;
	int audit, rc;

	if (job_find(a, &x, e))
		return -1;
	audit = audit_open(e);
	if (audit < 0)
		return -1;
	rc = session_ask_stop(x.session, a->with->caller.by, e);
	if (!rc)
		audit_write(audit, "bulk_stop", &a->with->caller, &x);
	close(audit);
	return rc;
}

const struct verb verb_bulk_stop = {
	.name = "bulk_stop",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER,
	.name_ok = valid_change,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
