#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/map.h"
#include "priv/job.h"
#include "priv/valid.h"
#include "priv/verb.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* What can still be written could change after it was checked. */
static int check_file(int fd, size_t *n, struct err *e)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st))
		return err_set(e, ERR_INPUT, "the rows of a job come as a sealed memory file");
	if (st.st_size == 0 || st.st_size % (off_t)sizeof(struct priv_row))
		return err_set(e, ERR_INPUT, "the rows of the job are cut");
	if (st.st_size / (off_t)sizeof(struct priv_row) > PRIV_ROWS_MAX)
		return err_set(e, ERR_LIMIT, "a job has at most %d rows", PRIV_ROWS_MAX);
	*n = (size_t)st.st_size / sizeof(struct priv_row);
	return 0;
}

static int check_row(const struct verb *v, const struct priv_row *r, size_t i,
		     struct err *e)
{
	if (valid_array(r->name, sizeof(r->name)) &&
	    valid_array(r->expect, sizeof(r->expect)) &&
	    valid_array(r->value, sizeof(r->value)) &&
	    !verb_refuses(v, r->name, r->expect, r->value))
		return 0;
	return err_set(e, ERR_INPUT, "row %zu of the job is none of %s", i + 1, v->name);
}

static int check_rows(const struct verb *v, const struct priv_row *rows, size_t n,
		      struct arena *a, struct err *e)
{
	struct map seen = MAP_INIT(a, 0);

	if (getrandom(&seen.seed, sizeof(seen.seed), 0) != (ssize_t)sizeof(seen.seed))
		return err_set(e, ERR_UNAVAILABLE, "no random bytes: %s", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		void **place;

		if (check_row(v, &rows[i], i, e))
			return -1;
		place = map_at(&seen, rows[i].name);
		if (*place)
			return err_set(e, ERR_INPUT, "%s stands in the job twice", rows[i].name);
		*place = (void *)(uintptr_t)&rows[i];
	}
	return 0;
}

/* The verb of each row: one that this caller may ask, and whose effect the
 * helper can see by itself. */
static const struct verb *verb_of(const struct ask *a, struct err *e)
{
	const struct verb *v = verb_named(a->q->name);

	if (v && v->who & a->with->caller.who && v->sets && v->sets->verify)
		return v;
	err_set(e, ERR_INPUT, "there are no jobs of '%.28s'", a->q->name);
	return NULL;
}

static int begin(struct ask *a, const struct priv_row *rows, size_t n, struct err *e)
{
	struct change c;
	int rc;

	if (change_begin(&c, e))
		return -1;
	rc = job_begin(&c, a, rows, n, e);
	change_end(&c);
	return rc;
}

static int run(struct ask *a, struct err *e)
{
	const struct verb *v = verb_of(a, e);
	struct arena arena = ARENA_INIT;
	size_t n = 0, bytes;
	char *text;
	int rc = -1;

	if (v && !check_file(a->passed, &n, e) &&
	    !io_read_all(a->passed, n * sizeof(struct priv_row), &arena, &text,
			 &bytes, "the rows of the job", e)) {
		if (bytes != n * sizeof(struct priv_row))
			rc = err_set(e, ERR_INPUT, "the rows of the job are not at its beginning");
		else
			rc = check_rows(v, (const void *)text, n, &arena, e) ||
				begin(a, (const void *)text, n, e) ? -1 : 0;
	}
	arena_clear(&arena);
	return rc;
}

const struct verb verb_bulk = {
	.name = "bulk",
	.who = WHO_ROOT | WHO_ADMIN | WHO_RESELLER,
	.name_ok = valid_file_row,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.takes_fd = true,
	.run = run,
};
