#include "priv/change.h"
#include "priv/field.h"
#include "priv/guard.h"
#include "priv/valid.h"

static int keep(struct change *c, struct ask *a, struct err *e)
{
	struct entry x;

	if (change_find(a, &x, e))
		return -1;
	if (!change_decides(&a->with->caller, &x))
		return err_set(e, ERR_DENIED, "change %s was made by somebody else",
			       x.id);
	if (!entry_is(&x, STATE_DONE) || *x.undo)
		return err_set(e, ERR_STALE, "change %s is %s, not %s", x.id, x.state,
			       STATE_DONE);
	field_set(&x, state, "%s", STATE_KEPT);
	if (change_report(c, a, "keep", &x, 0, e))
		return -1;
	if (*x.deadline)
		guard_end(&x);
	return 0;
}

static int run(struct ask *a, struct err *e)
{
	struct change c;
	int rc;

	if (change_begin(&c, e))
		return -1;
	rc = keep(&c, a, e);
	change_end(&c);
	return rc;
}

const struct verb verb_keep = {
	.name = "keep",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT,
	.name_ok = valid_change,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
