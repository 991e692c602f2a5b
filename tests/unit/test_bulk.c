#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "engine/ask.h"
#include "engine/bulk.h"
#include "engine/journal.h"

/* A scan service that answers what a test says, and a helper that takes what it
 * is given: the program defines both, so that neither is linked. */
static struct {
	const char *answer;
	char log[200];		/* what was asked of whom, in order */
	struct priv_row rows[8];
	size_t nrows;
} fakes;

static void note(const char *what)
{
	size_t n = strlen(fakes.log);

	snprintf(fakes.log + n, sizeof(fakes.log) - n, "%s ", what);
}

static json_object *json(const char *text)
{
	struct err e;
	json_object *o = json_read(text, strlen(text), "a fixture", &e);

	if (!o)
		fail_msg("%s: %s", text, e.text);
	return o;
}

int scan_ask(json_object *request, void (*progress)(void *ctx, json_object *o),
	     void *ctx, json_object **result, struct err *e)
{
	(void)progress;
	(void)ctx;
	(void)e;
	note(json_text(request, "op"));
	*result = json(fakes.answer);
	return 0;
}

int priv_open(struct priv_client *c, struct err *e)
{
	(void)e;
	note("open");
	c->fd = 1000;
	return 0;
}

void priv_close(struct priv_client *c)
{
	c->fd = -1;
}

int priv_ask(struct priv_client *c, const char *verb, const char *name,
	     const char *expect, const char *value, int passed,
	     struct priv_reply *reply, int *fd, struct err *e)
{
	(void)c;
	(void)name;
	(void)expect;
	(void)value;
	(void)fd;
	(void)e;
	note(verb);
	memset(reply, 0, sizeof(*reply));
	snprintf(reply->change, sizeof(reply->change), "20261124-100500-a1b2c3");
	fakes.nrows = (size_t)read(passed, fakes.rows, sizeof(fakes.rows)) / sizeof(*fakes.rows);
	return 0;
}

int priv_read(struct priv_client *c, const char *verb, const char *name,
	      const char *value, struct err *e)
{
	(void)c;
	(void)verb;
	(void)name;
	(void)value;
	return err_set(e, ERR_BUG, "not asked here");
}

#define A "routing_unlisted:a.example"
#define B "routing_unlisted:b.example"
#define ROW(finding_, verb_, name_, value_) \
	"{\"finding\":\"" finding_ "\",\"fix\":\"set_routing\",\"ops\":[{\"verb\":\"" verb_ "\"," \
	"\"name\":\"" name_ "\",\"expect\":\"auto\",\"value\":\"" value_ "\"}]}"
#define PLAN(rows_, left_) "{\"rows\":[" rows_ "],\"left_out\":[" left_ "]}"
#define ROW_A ROW(A, "set_routing", "a.example", "local")
#define ROW_B ROW(B, "set_routing", "b.example", "local")
#define LEFT_B "{\"finding\":\"" B "\",\"why\":\"because\"}"

static int preview(const char *answer, const char *findings, char digest[65],
		   struct err *e)
{
	json_object *list = json(findings), *plan;
	int rc;

	fakes.answer = answer;
	rc = bulk_preview(list, NULL, NULL, &plan, e);
	if (!rc)
		snprintf(digest, 65, "%s", json_text(plan, "digest"));
	json_object_put(rc ? NULL : plan);
	json_object_put(list);
	return rc;
}

static int begin(void **state)
{
	(void)state;
	memset(&fakes, 0, sizeof(fakes));
	return 0;
}

/* ---- plans ------------------------------------------------------------- */

static void a_plan_holds_what_was_asked_for_once_each_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		PLAN(ROW_A "," ROW_A, ""),				/* twice */
		PLAN(ROW_A "," ROW("routing_unlisted:c.example", "set_routing", "c.example", "local"), ""),
		PLAN(ROW(A, "set_routing", "b.example", "local"), ""),	/* another domain */
		PLAN(ROW(A, "undo", "a.example", "local"), ""),
		PLAN(ROW(A, "bulk", "a.example", "local"), ""),
		PLAN("{\"finding\":\"" A "\",\"fix\":\"set_routing\",\"ops\":[]}", ""),
		PLAN("{\"fix\":\"set_routing\"}", ""), PLAN("7", ""),
		PLAN(ROW_A "," ROW_B, LEFT_B),				/* planned and left out */
		PLAN(ROW_A, LEFT_B "," LEFT_B),
		PLAN("", "{\"finding\":\"routing_unlisted:c.example\",\"why\":\"x\"}"),
	};
	char digest[65];
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN(ROW_A, LEFT_B), "[\"" A "\",\"" B "\"]", digest, &e), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!preview(bad[i], "[\"" A "\",\"" B "\"]", digest, &e))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(e.code, ERR_BUG);
	}
}

static void a_finding_that_is_selected_twice_is_refused(void **state)
{
	char digest[65];
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN(ROW_A, ""), "[\"" A "\",\"" A "\"]", digest, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_string_equal(fakes.log, "");
}

/* ---- apply ------------------------------------------------------------- */

static int apply(const char *digest, char job[32], struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *list = json("[\"" A "\",\"" B "\"]"), *plan = NULL;
	int rc = bulk_apply(&c, list, digest, NULL, NULL, job, &plan, e);

	json_object_put(plan);
	json_object_put(list);
	return rc;
}

static void apply_hands_over_the_very_operations_in_a_sealed_file(void **state)
{
	char digest[65], job[32];
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN(ROW_A "," ROW_B, ""), "[\"" A "\",\"" B "\"]", digest, &e), 0);
	assert_int_equal(apply(digest, job, &e), 0);
	assert_string_equal(job, "20261124-100500-a1b2c3");
	assert_int_equal(fakes.nrows, 2);
	assert_string_equal(fakes.rows[1].name, "b.example");
	assert_string_equal(fakes.rows[1].expect, "auto");
	assert_string_equal(fakes.rows[1].value, "local");
}

/* The helper waits ten seconds for the first word, a plan may take longer. */
static void the_helper_is_called_only_when_the_plan_stands(void **state)
{
	char digest[65], job[32];
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN(ROW_A "," ROW_B, ""), "[\"" A "\",\"" B "\"]", digest, &e), 0);
	assert_int_equal(apply(digest, job, &e), 0);
	assert_string_equal(fakes.log, "bulk bulk open bulk ");
}

static void another_plan_than_the_previewed_is_refused_whole(void **state)
{
	char digest[65], job[32];
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN(ROW_A "," ROW_B, ""), "[\"" A "\",\"" B "\"]", digest, &e), 0);
	fakes.answer = PLAN(ROW_A, LEFT_B);
	assert_int_equal(apply(digest, job, &e), -1);
	assert_int_equal(e.code, ERR_STALE);
	assert_null(strstr(fakes.log, "open"));
}

static void nothing_planned_is_no_job(void **state)
{
	char digest[65], job[32];
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN("", LEFT_B), "[\"" A "\",\"" B "\"]", digest, &e), 0);
	assert_int_equal(apply(digest, job, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
}

/* ---- the journal ------------------------------------------------------- */

#define JOB "20261124-110000-0000aa"
#define LINE(id_, more_) "id=" id_ " verb=set_routing name=a.example at=1795517100 " more_ "\n"
#define ROWS \
	LINE("20261124-110003-000003", "state=UNDONE parent=" JOB) \
	LINE("20261124-110002-000002", "state=FAILED parent=" JOB) \
	LINE("20261124-110001-000001", "state=KEPT parent=" JOB)

static void a_job_at_work_is_counted_by_its_rows(void **state)
{
	json_object *o = journal_job(slice_of(LINE(JOB, "state=PREPARED total=5") ROWS));
	json_object *rows = json_member(o, "rows");

	(void)state;
	assert_int_equal(json_number(o, "done", -1), 1);
	assert_int_equal(json_number(o, "failed", -1), 1);
	assert_int_equal(json_number(o, "undone", -1), 1);
	assert_int_equal(json_number(o, "left", -1), 2);
	assert_int_equal(json_flag(o, "running"), 1);
	assert_int_equal(json_flag(o, "undoable"), 0);
	assert_int_equal(json_count(rows), 3);
	assert_false(json_object_object_get_ex(o, "until", NULL));	/* of a change alone */
	assert_string_equal(json_text(json_object_array_get_idx(rows, 0), "id"),
			    "20261124-110001-000001");
	json_object_put(o);
}

static void a_job_whose_rows_have_gone_has_the_counts_it_ended_with(void **state)
{
	json_object *o = journal_job(slice_of(LINE(JOB, "state=KEPT total=5 done=3 failed=1 undone=0")));

	(void)state;
	assert_int_equal(json_number(o, "done", -1), 3);
	assert_int_equal(json_number(o, "left", -1), 1);
	assert_int_equal(json_flag(o, "undoable"), 1);
	json_object_put(o);
	assert_null(journal_job(slice_of("")));
}

static void the_history_folds_rows_into_their_job_and_leaves_the_rest(void **state)
{
	json_object *all = journal_view(slice_of(
		LINE("20261124-120000-00000f", "state=KEPT") ROWS
		LINE(JOB, "state=KEPT total=5 undo=prepared")
		LINE("20261124-090000-000009", "state=KEPT parent=20261124-080000-000008")));
	json_object *job;

	(void)state;
	assert_int_equal(json_count(all), 6);
	journal_fold(all);
	assert_int_equal(json_count(all), 3);
	for (size_t i = 0; i < 3; i++) {
		job = json_object_array_get_idx(all, i);
		if (json_flag(job, "job") == 1)
			break;
	}
	assert_string_equal(json_text(job, "id"), JOB);
	assert_int_equal(json_flag(job, "undoing"), 1);
	assert_int_equal(json_number(job, "left", -1), 2);
	json_object_put(all);
}

static void a_done_row_whose_domain_still_has_a_finding_with_a_fix_is_marked(void **state)
{
	json_object *job = json("{\"rows\":[{\"name\":\"a.example\",\"state\":\"KEPT\"},"
		"{\"name\":\"b.example\",\"state\":\"FAILED\"},{\"name\":\"c.example\",\"state\":\"KEPT\"}]}");
	json_object *found = json("[{\"subject\":{\"name\":\"a.example\"},\"text\":\"still\",\"fix\":{}},"
		"{\"subject\":{\"name\":\"b.example\"},\"text\":\"still\",\"fix\":{}},"
		"{\"subject\":{\"name\":\"c.example\"},\"text\":\"as it should be\",\"fix\":null}]");
	json_object *rows = json_member(job, "rows");

	(void)state;
	bulk_mark(job, found);
	assert_int_equal(json_number(job, "still", -1), 1);
	assert_string_equal(json_text(json_object_array_get_idx(rows, 0), "still"), "still");
	assert_null(json_text(json_object_array_get_idx(rows, 1), "still"));
	assert_null(json_text(json_object_array_get_idx(rows, 2), "still"));
	json_object_put(found);
	json_object_put(job);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		T(a_plan_holds_what_was_asked_for_once_each_and_nothing_else),
		T(a_finding_that_is_selected_twice_is_refused),
		T(apply_hands_over_the_very_operations_in_a_sealed_file),
		T(the_helper_is_called_only_when_the_plan_stands),
		T(another_plan_than_the_previewed_is_refused_whole),
		T(nothing_planned_is_no_job),
		T(a_job_at_work_is_counted_by_its_rows),
		T(a_job_whose_rows_have_gone_has_the_counts_it_ended_with),
		T(the_history_folds_rows_into_their_job_and_leaves_the_rest),
		T(a_done_row_whose_domain_still_has_a_finding_with_a_fix_is_marked),
	};

	return cmocka_run_group_tests_name("bulk", tests, NULL, NULL);
}
