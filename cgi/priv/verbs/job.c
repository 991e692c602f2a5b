#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "priv/job.h"
#include "priv/journal.h"
#include "priv/recovery.h"
#include "priv/valid.h"
#include "priv/verb.h"

#define TEXT_MAX (32u << 20)

static void add(void *out, const struct entry *x)
{
	char line[ENTRY_LINE_MAX];

	buf_add(out, line, entry_encode(x, line, sizeof(line)));
}

/* The front shows jobs to those who may see them, as it does with the journal. */
static int find(struct ask *a, struct entry *x, struct err *e)
{
	if (a->with->caller.who != WHO_ADMIN_FRONT)
		return job_find(a, x, e);
	if (journal_read(x, a->q->name, e))
		return -1;
	return entry_is_job(x) ? 0 :
		err_set(e, ERR_INPUT, "change %s is no job over many", x->id);
}

/* The job's entry and those of the rows that it came to, newest first, one a
 * line as in entry.h. */
static int run(struct ask *a, struct err *e)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct entry x;
	int rc;

	if (find(a, &x, e))
		return -1;
	if (journal_is_open(&x) && !session_lives(x.session)) {
		recovery_try();
		if (find(a, &x, e))
			return -1;
	}
	add(&out, &x);
	rc = job_each_row(&x, add, &out, e);
	if (!rc)
		a->answer = io_memfd("job", out.data, out.len);
	buf_free(&out);
	if (!rc && a->answer < 0)
		rc = err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno));
	return rc;
}

const struct verb verb_job = {
	.name = "job",
	.who = WHO_ROOT | WHO_ADMIN_FRONT | WHO_ADMIN | WHO_RESELLER,
	.name_ok = valid_change,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
