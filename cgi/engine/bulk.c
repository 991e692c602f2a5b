#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/json.h"
#include "base/map.h"
#include "engine/ask.h"
#include "engine/bulk.h"
#include "engine/bulk_plan.h"
#include "engine/digest.h"
#include "engine/journal.h"
#include "engine/witness.h"

/* ---- preview ----------------------------------------------------------- */

static const char *id_at(json_object *findings, size_t i)
{
	return json_object_get_string(json_object_array_get_idx(findings, i));
}

/* Each finding that was asked for: whoever answers takes it out. */
static int note_asked(struct map *asked, json_object *findings, struct err *e)
{
	for (size_t i = 0; i < json_count(findings); i++) {
		void **place = map_at(asked, id_at(findings, i));

		if (*place)
			return err_set(e, ERR_INPUT, "%.200s is selected twice",
				       id_at(findings, i));
		*place = findings;
	}
	return 0;
}

static bool was_asked(struct map *asked, json_object *row)
{
	const char *id = json_text(row, "finding");
	void **place = id && map_get(asked, id) ? map_at(asked, id) : NULL;

	if (place)
		*place = NULL;
	return place;
}

/* As with one plan (witness.h): each row is one operation about the domain of a
 * finding that was asked for; and no domain has two. */
static int check_rows(json_object *rows, struct map *asked, struct arena *a,
		      struct err *e)
{
	struct map names = MAP_INIT(a, asked->seed);

	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i), *op;
		const char *id = json_text(row, "finding");
		void **place;

		op = id ? witness_op(row, id, e) : NULL;
		if (!op && id)
			return -1;
		place = op ? map_at(&names, json_text(op, "name")) : NULL;
		if (!place || *place || !was_asked(asked, row))
			return err_set(e, ERR_BUG, "a plan for many holds what nobody asked for");
		*place = op;
	}
	return 0;
}

static int check_plan(json_object *plan, struct map *asked, struct arena *a,
		      struct err *e)
{
	json_object *left = json_member(plan, "left_out");

	if (check_rows(json_member(plan, "rows"), asked, a, e))
		return -1;
	for (size_t i = 0; i < json_count(left); i++)
		if (!was_asked(asked, json_object_array_get_idx(left, i)))
			return err_set(e, ERR_BUG, "a plan for many holds what nobody asked for");
	return 0;
}

static int ask(json_object *findings, void (*progress)(void *ctx, json_object *o),
	       void *ctx, json_object **plan, struct err *e)
{
	json_object *q = json_object_new_object();
	int rc;

	json_put_text(q, "op", "bulk");
	json_object_object_add(q, "findings", json_object_get(findings));
	rc = scan_ask(q, progress, ctx, plan, e);
	json_object_put(q);
	return rc;
}

int bulk_preview(json_object *findings, void (*progress)(void *ctx, json_object *o),
		 void *ctx, json_object **plan, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct map asked = MAP_INIT(&a, 0);
	char digest[DIGEST_TEXT];
	int rc;

	*plan = NULL;
	if (!json_count(findings))
		return err_set(e, ERR_INPUT, "no finding is selected");
	if (json_count(findings) > BULK_MAX)
		return err_set(e, ERR_LIMIT, "at most %d findings can be fixed at once, not %zu: select fewer",
			       BULK_MAX, json_count(findings));
	if (getentropy(&asked.seed, sizeof(asked.seed)))
		asked.seed = (unsigned long)(uintptr_t)findings;
	rc = note_asked(&asked, findings, e) ||
		ask(findings, progress, ctx, plan, e) ||
		check_plan(*plan, &asked, &a, e) ? -1 : 0;
	arena_clear(&a);
	if (!rc)
		json_put_text(*plan, "digest",
			      digest_of_plans(digest, json_member(*plan, "rows")));
	else {
		json_object_put(*plan);
		*plan = NULL;
	}
	return rc;
}

/* ---- apply ------------------------------------------------------------- */

static json_object *op_at(json_object *rows, size_t i)
{
	json_object *row = json_object_array_get_idx(rows, i);

	return json_object_array_get_idx(json_member(row, "ops"), 0);
}

static bool put(char *field, size_t size, json_object *op, const char *key)
{
	const char *s = json_text(op, key);

	if (!s || strlen(s) >= size)
		return false;
	memcpy(field, s, strlen(s));
	return true;
}

/* Sealed: what the helper has checked does not change any more. */
static int sealed(const void *data, size_t n)
{
	int fd = memfd_create("rows", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && !io_write_all(fd, data, n) && lseek(fd, 0, SEEK_SET) == 0 &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
		   F_SEAL_WRITE))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The rows as the helper takes them: all of one verb. */
static int pack(json_object *rows, struct err *e)
{
	const char *verb = json_text(op_at(rows, 0), "verb");
	struct arena a = ARENA_INIT;
	size_t n = json_count(rows);
	struct priv_row *out = arena_zalloc(&a, n * sizeof(*out));
	int fd = -1;

	for (size_t i = 0; i < n; i++) {
		json_object *op = op_at(rows, i);

		if (strcmp(verb, json_text(op, "verb")) ||
		    !put(out[i].name, sizeof(out[i].name), op, "name") ||
		    !put(out[i].expect, sizeof(out[i].expect), op, "expect") ||
		    !put(out[i].value, sizeof(out[i].value), op, "value")) {
			err_set(e, ERR_INPUT, "what is selected cannot be one job: %.200s",
				json_text(op, "name"));
			goto out;
		}
	}
	fd = sealed(out, n * sizeof(*out));
	if (fd < 0)
		err_set(e, ERR_UNAVAILABLE, "no sealed memory file: %s", strerror(errno));
out:
	arena_clear(&a);
	return fd;
}

static int hand_over(struct priv_client *c, json_object *rows, char job[32],
		     struct err *e)
{
	struct priv_reply reply;
	int fd = pack(rows, e), rc;

	if (fd < 0)
		return -1;
	rc = (c->fd < 0 && priv_open(c, e)) ||
		priv_ask(c, "bulk", json_text(op_at(rows, 0), "verb"), NULL, NULL,
			 fd, &reply, NULL, e) ? -1 : 0;
	close(fd);
	if (!rc) {
		memcpy(job, reply.change, 31);
		job[31] = '\0';
	}
	return rc;
}

int bulk_apply(struct priv_client *c, json_object *findings, const char *digest,
	       void (*progress)(void *ctx, json_object *o), void *ctx,
	       char job[32], json_object **plan, struct err *e)
{
	const char *now;

	if (bulk_preview(findings, progress, ctx, plan, e))
		return -1;
	now = json_text(*plan, "digest");
	if (strcmp(now, digest))
		return err_set(e, ERR_STALE,
			       "the server changed since the preview: look at the new preview first");
	if (!json_count(json_member(*plan, "rows")))
		return err_set(e, ERR_INPUT, "nothing of what is selected can be fixed in bulk");
	return hand_over(c, json_member(*plan, "rows"), job, e);
}

/* ---- the job ----------------------------------------------------------- */

static int tell(struct priv_client *c, const char *verb, const char *job,
		struct err *e)
{
	struct priv_reply reply;

	return priv_ask(c, verb, job, NULL, NULL, -1, &reply, NULL, e);
}

int bulk_undo(struct priv_client *c, const char *job, struct err *e)
{
	return tell(c, "undo", job, e);
}

int bulk_stop(struct priv_client *c, const char *job, struct err *e)
{
	return tell(c, "bulk_stop", job, e);
}

int bulk_job(struct priv_client *c, const char *job, json_object **out,
	     struct err *e)
{
	struct arena a = ARENA_INIT;
	char *text;
	size_t n;
	int fd = priv_read(c, "job", job, NULL, e), rc;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, 32u << 20, &a, &text, &n, "the job", e);
	close(fd);
	*out = rc ? NULL : journal_job((struct slice){ text, n });
	arena_clear(&a);
	if (!rc && !*out)
		rc = err_set(e, ERR_BUG, "the helper told nothing of the job %s", job);
	return rc;
}

int bulk_look(json_object *job, json_object **names, json_object **findings,
	      struct err *e)
{
	json_object *rows = json_member(job, "rows"), *q;
	int rc;

	*names = json_object_new_array();
	for (size_t i = 0; i < json_count(rows); i++)
		json_object_array_add(*names, json_new_text(
			json_text(json_object_array_get_idx(rows, i), "name")));
	q = json_object_new_object();
	json_put_text(q, "op", "scan");
	json_object_object_add(q, "only", json_object_get(*names));
	rc = json_count(*names) ? scan_ask(q, NULL, NULL, findings, e) :
		err_set(e, ERR_STALE, "the job came to no domain");
	json_object_put(q);
	if (rc) {
		json_object_put(*names);
		*names = NULL;
	}
	return rc;
}

static bool stands(json_object *row)
{
	const char *state = json_text(row, "state");

	return state && (!strcmp(state, "KEPT") || !strcmp(state, "DONE"));
}

void bulk_mark(json_object *job, json_object *findings)
{
	json_object *rows = json_member(job, "rows");
	struct arena a = ARENA_INIT;
	struct map texts = MAP_INIT(&a, 0);
	int64_t still = 0;

	for (size_t i = 0; i < json_count(findings); i++) {
		json_object *x = json_object_array_get_idx(findings, i);
		const char *name = json_text(json_member(x, "subject"), "name");

		if (name && json_member(x, "fix"))
			*map_at(&texts, name) = (void *)(uintptr_t)json_text(x, "text");
	}
	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		const char *name = json_text(row, "name");
		const char *text = name && stands(row) ? map_get(&texts, name) : NULL;

		json_put_text(row, "still", text);
		still += text != NULL;
	}
	json_put_number(job, "still", still);
	arena_clear(&a);
}
