#include "app_harness.h"

#define FOREIGN "routing_remote_mx_here:lawfirm.example"	/* southhost's */
#define UNANSWERED "dns_unanswered:hotel.example"
#define BOTH "[\"" FAKE_LOCAL "\",\"" FOREIGN "\"]"

static struct asked api(const char *name, const char *body)
{
	return (struct asked){ .method = body ? "POST" : "GET", .type = JSON,
		.query = arena_printf(&arena, "api=v1/%s", name), .body = body };
}

static json_object *plan_of(struct app *app, const char *findings)
{
	const struct asked q = api("plan", arena_printf(&arena, "{\"findings\":%s}", findings));

	return data_of(app, &q);
}

static const char *digest_of(struct app *app, const char *findings)
{
	json_object *plan = plan_of(app, findings);
	const char *digest = arena_strdup(&arena, json_text(plan, "digest"));

	json_object_put(plan);
	return digest;
}

/* The watch of a job that has ended takes a moment. */
static void wait_until_seen(struct app *app)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	json_object *seen = NULL;

	for (int i = 0; i < 1000 && !seen; i++) {
		seen = app_bulk_seen(app->bulk, FAKE_JOB);
		nanosleep(&pause, NULL);
	}
	assert_non_null(seen);
	json_object_put(seen);
}

/* ---- preview ----------------------------------------------------------- */

static void a_plan_of_many_lists_each_and_what_is_left_out(void **state)
{
	json_object *plan = plan_of(*state, "[\"" FAKE_LOCAL "\",\"" UNANSWERED "\",\"" FOREIGN "\"]");
	json_object *left = json_member(plan, "left_out");

	assert_int_equal(json_number(plan, "planned", 0), 2);
	assert_int_equal(json_count(json_member(plan, "rows")), 2);
	assert_int_equal(json_count(left), 1);
	assert_string_equal(json_text(json_object_array_get_idx(left, 0), "why"),
			    "its DNS did not answer");
	assert_int_equal(strlen(json_text(plan, "digest")), 64);
	json_object_put(plan);
}

static void the_digest_is_of_all_operations(void **state)
{
	const char *both = digest_of(*state, BOTH);
	const char *one = digest_of(*state, "[\"" FAKE_LOCAL "\"]");

	assert_string_not_equal(both, one);
	assert_string_not_equal(one, digest_of(*state, "[\"" FOREIGN "\"]"));
}

static void a_whole_preview_is_not_made_again_for_a_moment(void **state)
{
	const char *first = digest_of(*state, BOTH);

	fakes.stale = 1;
	assert_string_equal(first, digest_of(*state, BOTH));
}

static void what_somebody_did_not_answer_for_is_asked_again_at_once(void **state)
{
	const char *first;

	fakes.unheard = 1;
	first = digest_of(*state, BOTH);
	fakes.unheard = 0;
	fakes.stale = 1;
	assert_string_not_equal(first, digest_of(*state, BOTH));
}

/* One that took longer than they waited: it would begin anew each time. */
static void it_is_told_once_to_those_who_have_waited_for_it(void **state)
{
	struct app *app = *state;
	const struct timespec longer = { .tv_sec = 1, .tv_nsec = 500000000 };
	const struct bulk_who root = { DOOR_ADMIN, "root" };
	json_object *findings = fake_json(BOTH), *work;
	const char *first;
	struct err e;

	fakes.unheard = fakes.slow = 1;
	json_object_array_del_idx(findings, 1, 1);
	assert_int_equal(app_bulk_plan(app->bulk, &root, findings, 0, &work, &e), 0);
	assert_true(json_is(work, "state", "planning"));
	json_object_put(work);
	nanosleep(&longer, NULL);
	fakes.slow = 0;
	fakes.stale = 1;
	assert_int_equal(app_bulk_plan(app->bulk, &root, findings, 0, &work, &e), 0);
	assert_true(json_is(work, "state", "ready"));
	first = arena_strdup(&arena, json_text(json_member(work, "plan"), "digest"));
	json_object_put(work);
	assert_string_not_equal(first, digest_of(app, "[\"" FAKE_LOCAL "\"]"));
	json_object_put(findings);
}

static void what_is_no_selection_is_refused(void **state)
{
	static const struct {
		const char *body;
		int status;
	} bad[] = {
		{ "{\"findings\":[]}", 400 }, { "{\"findings\":\"" FAKE_LOCAL "\"}", 400 },
		{ "{\"findings\":[\"shop.example\"]}", 400 }, { "{\"findings\":[7]}", 400 },
		{ "{\"findings\":[\"" FAKE_LOCAL "\",\"" FAKE_LOCAL "\"]}", 400 },
		{ "{\"domains\":[\"" FAKE_LOCAL "\"]}", 400 }, { "{}", 400 },
		{ "{\"params\":[\"" FAKE_LOCAL "\"]}", 400 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct asked q = api("plan", bad[i].body);

		if (status(*state, &q) != bad[i].status)
			fail_msg("%s: not %d", bad[i].body, bad[i].status);
	}
}

static const char *thousand_and_one(void)
{
	struct buf b = BUF_INIT(1u << 20);
	const char *text;

	for (int i = 0; i < 1001; i++)
		buf_printf(&b, "%s\"routing_unlisted:d%d.example\"", i ? "," : "", i);
	text = arena_printf(&arena, "{\"findings\":[%s]}", b.data);
	buf_free(&b);
	return text;
}

static void more_than_a_thousand_are_too_many_and_told_so(void **state)
{
	const struct asked q = api("plan", thousand_and_one());

	assert_true(says(*state, &q, 413, "more than 1000 findings"));
}

static void a_scan_that_plans_what_nobody_asked_for_is_not_believed(void **state)
{
	const struct asked q = api("plan", "{\"findings\":[\"" FAKE_LOCAL "\",\"routing_unlisted:shop.example\"]}");

	/* Two rows of one domain. */
	assert_int_equal(status(*state, &q), 500);
}

/* ---- who --------------------------------------------------------------- */

static void a_reseller_plans_nothing_that_holds_a_foreign_finding(void **state)
{
	struct asked q = api("plan", "{\"findings\":" BOTH "}");

	q.door = DOOR_RESELLER;
	q.login = "northweb";
	assert_int_equal(status(*state, &q), 404);
	q.body = "{\"findings\":[\"" FAKE_LOCAL "\"]}";
	assert_int_equal(status(*state, &q), 200);
}

static void the_users_door_has_no_jobs(void **state)
{
	struct asked plan = api("plan", "{\"findings\":" BOTH "}"), job = api("job&id=" FAKE_JOB, NULL);

	plan.door = job.door = DOOR_USER;
	plan.login = job.login = "shopco";
	assert_int_equal(status(*state, &plan), 403);
	assert_int_equal(status(*state, &job), 403);
}

static void a_job_of_somebody_else_is_not_there_for_a_reseller(void **state)
{
	static const char *const pages[] = { "api=v1/job&id=" FAKE_JOB, "page=job&id=" FAKE_JOB };

	for (size_t i = 0; i < 2; i++) {
		struct asked q = { .query = pages[i], .door = DOOR_RESELLER, .login = "northweb" };

		fakes.job = NULL;
		assert_int_equal(status(*state, &q), 404);
		fakes.job = fake_job_of_northweb;
		assert_int_equal(status(*state, &q), 200);
		q.login = "southhost";
		assert_int_equal(status(*state, &q), 404);
	}
}

/* ---- apply, stop, undo --------------------------------------------------- */

static void apply_begins_a_job_that_is_looked_at_when_it_has_ended(void **state)
{
	const char *body = arena_printf(&arena, "{\"findings\":" BOTH ",\"digest\":\"%s\"}",
					digest_of(*state, BOTH));
	const struct asked q = api("apply", body), again = api("job&id=" FAKE_JOB, NULL);
	json_object *job = data_of(*state, &q);

	assert_string_equal(json_text(job, "id"), FAKE_JOB);
	assert_int_equal(json_number(job, "done", -1), 1);
	assert_int_equal(json_number(job, "failed", -1), 1);
	assert_int_equal(json_number(job, "left", -1), 1);
	assert_int_equal(json_count(json_member(job, "rows")), 2);
	json_object_put(job);
	assert_true(strstr(fakes.log, "as_ticket(ticket)") && strstr(fakes.log, "bulk(set_routing)"));
	wait_until_seen(*state);
	job = data_of(*state, &again);
	assert_int_equal(json_flag(job, "looked"), 1);
	assert_int_equal(json_number(job, "still", -1), 1);	/* the fake finds shop.example again */
	json_object_put(job);
}

static void a_plan_that_changed_since_is_refused_whole(void **state)
{
	const char *body = arena_printf(&arena, "{\"findings\":" BOTH ",\"digest\":\"%s\"}",
					digest_of(*state, BOTH));
	const struct asked q = api("apply", body);

	fakes.stale = 1;
	assert_int_equal(status(*state, &q), 409);
	assert_null(strstr(fakes.log, "bulk("));
}

static void without_a_ticket_no_job_begins(void **state)
{
	const char *body = arena_printf(&arena, "{\"findings\":" BOTH ",\"digest\":\"%s\"}",
					digest_of(*state, BOTH));
	struct asked q = api("apply", body);

	q.ticket = "used";
	assert_int_equal(status(*state, &q), 403);
	assert_null(strstr(fakes.log, "bulk("));
}

static const char *form(const char *digest)
{
	return arena_printf(&arena, "findings%%5B%%5D=" FAKE_LOCAL "&findings[]=" FOREIGN "&digest=%s", digest);
}

static void on_a_page_apply_needs_the_nonce_over_this_digest(void **state)
{
	const char *digest = digest_of(*state, BOTH);
	const char *good = nonce(*state, DOOR_ADMIN, "root", arena_printf(&arena, "apply %s", digest));
	const char *bad = nonce(*state, DOOR_ADMIN, "root", "apply " DIGEST);
	struct asked q = { .method = "POST", .query = "page=bulk_apply", .type = FORM, .token = TOKEN };

	q.body = form(digest);
	assert_int_equal(status(*state, &q), 403);
	q.body = arena_printf(&arena, "%s&nonce=%s", form(digest), bad);
	assert_int_equal(status(*state, &q), 403);
	q.body = arena_printf(&arena, "%s&nonce=%s", form(digest), good);
	assert_true(says(*state, &q, 200, "Undo all 1"));
	wait_until_seen(*state);
}

static void a_stale_preview_is_shown_anew_with_the_reason(void **state)
{
	const char *digest = digest_of(*state, BOTH);
	const char *n = nonce(*state, DOOR_ADMIN, "root", arena_printf(&arena, "apply %s", digest));
	const struct asked q = { .method = "POST", .query = "page=bulk_apply", .type = FORM,
		.token = TOKEN, .body = arena_printf(&arena, "%s&nonce=%s", form(digest), n) };
	struct response rs;

	fakes.stale = 1;
	rs = ask(*state, &q);
	assert_int_equal(rs.status, 409);
	assert_non_null(strstr(rs.body.data, "Nothing was done."));
	assert_non_null(strstr(rs.body.data, "Backup mail exchanger"));
	assert_non_null(strstr(rs.body.data, "Apply to 2 domains"));
	buf_free(&rs.body);
}

static void stop_and_undo_need_their_own_nonces(void **state)
{
	static const struct {
		const char *page, *act, *other;
	} acts[] = {
		{ "page=stop", "stop " FAKE_JOB, "undo " FAKE_JOB },
		{ "page=undo", "undo " FAKE_JOB, "stop " FAKE_JOB },
	};

	for (size_t i = 0; i < 2; i++) {
		struct asked q = { .method = "POST", .query = acts[i].page, .type = FORM, .token = TOKEN };

		q.body = "id=" FAKE_JOB;
		assert_int_equal(status(*state, &q), 403);
		q.body = arena_printf(&arena, "id=" FAKE_JOB "&nonce=%s",
				      nonce(*state, DOOR_ADMIN, "root", acts[i].other));
		assert_int_equal(status(*state, &q), 403);
		q.body = arena_printf(&arena, "id=" FAKE_JOB "&nonce=%s",
				      nonce(*state, DOOR_ADMIN, "root", acts[i].act));
		assert_int_equal(status(*state, &q), 200);
	}
	assert_non_null(strstr(fakes.log, "undo(" FAKE_JOB ")"));
	wait_until_seen(*state);
}

static void a_reseller_stops_no_foreign_job(void **state)
{
	struct asked q = api("stop", "{\"id\":\"" FAKE_JOB "\"}");

	q.door = DOOR_RESELLER;
	q.login = "northweb";
	assert_int_equal(status(*state, &q), 404);
	assert_null(strstr(fakes.log, "bulk_stop"));
}

/* ---- pages ---------------------------------------------------------------- */

static void the_overview_offers_boxes_for_what_may_be_fixed_in_bulk(void **state)
{
	const struct asked plain = { .query = "page=overview" }, marked = { .query = "page=overview&mark=all" };
	struct response rs = ask(*state, &plain);

	assert_non_null(strstr(rs.body.data, "value=\"" FAKE_LOCAL "\">"));
	assert_null(strstr(rs.body.data, "value=\"" UNANSWERED "\""));
	assert_non_null(strstr(rs.body.data, "Preview the fix of all 3"));
	buf_free(&rs.body);
	assert_true(says(*state, &marked, 200, "value=\"" FAKE_LOCAL "\" checked>"));
}

static void all_means_what_the_filter_shows_and_the_login_may_see(void **state)
{
	struct asked q = { .method = "POST", .query = "page=bulk", .type = FORM, .token = TOKEN,
		.body = "all=yes&severity=critical&q=" };

	assert_true(says(*state, &q, 200, "Apply to 2 domains"));
	q.body = "all=yes&q=shop";
	assert_true(says(*state, &q, 200, "Apply to 1 domain<"));
	q.body = "all=yes";
	q.door = DOOR_RESELLER;
	q.login = "northweb";
	assert_true(says(*state, &q, 200, "Apply to 1 domain<"));
}

static void nothing_selected_shows_the_overview_with_the_reason(void **state)
{
	const struct asked q = { .method = "POST", .query = "page=bulk", .type = FORM,
		.token = TOKEN, .body = "severity=&q=" };

	assert_true(says(*state, &q, 400, "No finding is selected"));
	assert_true(says(*state, &q, 400, "Findings, worst first"));
}

static void the_preview_escapes_and_lists_old_and_new(void **state)
{
	const struct asked q = { .method = "POST", .query = "page=bulk", .type = FORM,
		.token = TOKEN, .body = "findings[]=" FAKE_LOCAL "&findings[]=" UNANSWERED };
	const struct asked later = { .query = "page=bulk", .token = TOKEN };
	struct response rs = ask(*state, &q);

	assert_int_equal(rs.status, 200);
	assert_non_null(strstr(rs.body.data, "Remote mail exchanger"));
	assert_non_null(strstr(rs.body.data, "Left out: 1"));
	assert_non_null(strstr(rs.body.data, "its DNS did not answer"));
	assert_non_null(strstr(rs.body.data, "It is &lt;b&gt;wrong&lt;/b&gt;"));
	buf_free(&rs.body);
	assert_true(says(*state, &later, 200, "Apply to 1 domain<"));
}

static void a_slow_look_is_shown_at_work_and_then_as_the_preview(void **state)
{
	const struct asked q = { .method = "POST", .query = "page=bulk", .type = FORM,
		.token = TOKEN, .body = "findings[]=" FAKE_LOCAL };
	const struct asked later = { .query = "page=bulk", .token = TOKEN };

	fakes.slow = 3;
	assert_true(says(*state, &q, 200, "The preview is being made"));
	assert_true(says(*state, &later, 200, "url=?page=bulk"));
	assert_true(says(*state, &q, 200, "Apply to 1 domain<"));
	assert_true(says(*state, &later, 200, "Apply to 1 domain<"));
}

static void while_one_selection_is_looked_at_another_waits(void **state)
{
	struct asked q = { .method = "POST", .query = "page=bulk", .type = FORM,
		.token = TOKEN, .body = "findings[]=" FAKE_LOCAL };

	fakes.slow = 3;
	assert_int_equal(status(*state, &q), 200);
	q.body = "findings[]=" FOREIGN;
	assert_int_equal(status(*state, &q), 409);
}

static void a_job_at_work_shows_its_bar_and_the_button_that_stops_it(void **state)
{
	const struct asked q = { .query = "page=job&id=" FAKE_JOB, .token = TOKEN };
	struct response rs;

	fakes.job = fake_job_at_work;
	rs = ask(*state, &q);
	assert_int_equal(rs.status, 200);
	assert_non_null(strstr(rs.body.data, "value=\"2\" max=\"3\""));
	assert_non_null(strstr(rs.body.data, "?page=stop"));
	assert_null(strstr(rs.body.data, "?page=undo"));
	assert_non_null(strstr(rs.body.data, "url=?page=job&amp;id=" FAKE_JOB));
	assert_non_null(strstr(rs.body.data, "changed &lt;b&gt;meanwhile"));
	buf_free(&rs.body);
}

static void the_history_shows_a_job_once_and_opens_it(void **state)
{
	const struct asked page = { .query = "page=history" }, list = { .query = "api=v1/changes" };
	const struct asked change = { .query = "page=change&id=" FAKE_JOB };
	json_object *data = data_of(*state, &list);
	json_object *first = json_object_array_get_idx(json_member(data, "changes"), 0);

	assert_int_equal(json_count(json_member(data, "changes")), 4);
	assert_string_equal(json_text(first, "id"), FAKE_JOB);
	assert_int_equal(json_number(first, "done", -1), 1);
	assert_int_equal(json_number(first, "left", -1), 2);
	json_object_put(data);
	assert_true(says(*state, &page, 200, "?page=job&amp;id=" FAKE_JOB));
	assert_true(says(*state, &page, 200, "<p>1 done, 2 not begun</p>"));
	assert_true(says(*state, &change, 200, "Undo all 1"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		T(a_plan_of_many_lists_each_and_what_is_left_out),
		T(a_whole_preview_is_not_made_again_for_a_moment),
		T(what_somebody_did_not_answer_for_is_asked_again_at_once),
		T(it_is_told_once_to_those_who_have_waited_for_it),
		T(the_digest_is_of_all_operations),
		T(what_is_no_selection_is_refused),
		T(more_than_a_thousand_are_too_many_and_told_so),
		T(a_scan_that_plans_what_nobody_asked_for_is_not_believed),
		T(a_reseller_plans_nothing_that_holds_a_foreign_finding),
		T(the_users_door_has_no_jobs),
		T(a_job_of_somebody_else_is_not_there_for_a_reseller),
		T(apply_begins_a_job_that_is_looked_at_when_it_has_ended),
		T(a_plan_that_changed_since_is_refused_whole),
		T(without_a_ticket_no_job_begins),
		T(on_a_page_apply_needs_the_nonce_over_this_digest),
		T(a_stale_preview_is_shown_anew_with_the_reason),
		T(stop_and_undo_need_their_own_nonces),
		T(a_reseller_stops_no_foreign_job),
		T(the_overview_offers_boxes_for_what_may_be_fixed_in_bulk),
		T(all_means_what_the_filter_shows_and_the_login_may_see),
		T(nothing_selected_shows_the_overview_with_the_reason),
		T(the_preview_escapes_and_lists_old_and_new),
		T(a_slow_look_is_shown_at_work_and_then_as_the_preview),
		T(while_one_selection_is_looked_at_another_waits),
		T(a_job_at_work_shows_its_bar_and_the_button_that_stops_it),
		T(the_history_shows_a_job_once_and_opens_it),
	};

	return cmocka_run_group_tests_name("app_bulk", tests, NULL, NULL);
}
