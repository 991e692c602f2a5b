#include "app_harness.h"

#include <ftw.h>

#define KEY "\"idempotency_key\":\"order-4711\""
#define APPLY(more) "{\"finding\":\"" FAKE_LOCAL "\",\"digest\":\"" DIGEST "\"," \
	"\"typed\":\"shop.example\"" more "}"
#define FIX "{\"finding\":\"" FAKE_LOCAL "\",\"fix\":\"set_routing\"}"

static char dir[32];

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static void put_findings(struct app *app, const char *one_call)
{
	json_object *o = fake_json(fake_findings), *list = json_object_new_array();
	struct err e;

	if (one_call)
		json_object_array_add(list, json_new_text(one_call));
	json_object_object_add(json_member(o, "server"), "one_call", list);
	json_put_number(json_member(o, "server"), "api_rate", 60);
	assert_int_equal(snapshot_put(app->store, o, &e), 0);
	json_object_put(o);
}

static int begin_kept(void **state)
{
	memset(&fakes, 0, sizeof(fakes));
	strcpy(dir, "/tmp/test_once.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	*state = app_in(dir);
	put_findings(*state, NULL);
	return 0;
}

static int end_kept(void **state)
{
	end(state);
	return nftw(dir, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static struct asked post(const char *query, const char *body)
{
	return (struct asked){ .method = "POST", .query = query, .type = JSON, .body = body };
}

static bool said(struct app *app, const char *query, const char *body, int status_,
		 const char *text, const char *log)
{
	const struct asked q = post(query, body);
	bool ok = says(app, &q, status_, text);

	if (ok && log && strcmp(fakes.log, log))
		print_error("asked: %s\n", fakes.log);
	return ok && (!log || !strcmp(fakes.log, log));
}

#define DONE "as_ticket(ticket) apply(" FAKE_LOCAL ") "

/* ---- once -------------------------------------------------------------- */

static void the_same_again_is_answered_and_not_done_again(void **state)
{
	struct app *app = *state;

	assert_true(said(app, "api=v1/apply", APPLY("," KEY), 200, "\"KEPT\"", DONE));
	assert_true(said(app, "api=v1/apply", APPLY("," KEY), 200, "\"KEPT\"", ""));
	assert_true(said(app_in(dir), "api=v1/apply", APPLY("," KEY), 200, "\"KEPT\"", ""));
	/* Written in another order it is the same. */
	assert_true(said(app, "api=v1/apply", "{" KEY ",\"typed\":\"shop.example\",\"digest\":\""
			 DIGEST "\",\"finding\":\"" FAKE_LOCAL "\"}", 200, "\"KEPT\"", ""));
	assert_true(said(app, "api=v1/apply", APPLY(""), 200, "\"KEPT\"", DONE));
}

static void a_key_is_good_for_one_request(void **state)
{
	assert_true(said(*state, "api=v1/apply", APPLY("," KEY), 200, "\"KEPT\"", DONE));
	assert_true(said(*state, "api=v1/undo", "{\"id\":\"20261124-100500-a1b2c3\"," KEY "}",
			 422, "\"key_reused\"", ""));
}

static void a_key_is_its_logins_and_its_doors(void **state)
{
	struct asked q = post("api=v1/plan", "{\"finding\":\"" FAKE_LOCAL "\"," KEY "}");

	assert_true(says(*state, &q, 200, DIGEST));
	q.door = DOOR_RESELLER;
	q.login = "northweb";
	assert_true(says(*state, &q, 200, DIGEST));
	assert_string_equal(fakes.log, "preview(" FAKE_LOCAL ") ");
	q.login = "southhost";
	assert_true(says(*state, &q, 404, "not_found"));
}

static void a_refusal_is_kept_and_our_own_failing_is_not(void **state)
{
	fakes.fails = ERR_UNAVAILABLE;
	assert_true(said(*state, "api=v1/plan", "{\"finding\":\"" FAKE_LOCAL "\"," KEY "}", 503,
			 "\"unavailable\"", NULL));
	fakes.fails = ERR_STALE;
	assert_true(said(*state, "api=v1/plan", "{\"finding\":\"" FAKE_LOCAL "\"," KEY "}", 409,
			 "\"stale\"", NULL));
	fakes.fails = 0;
	assert_true(said(*state, "api=v1/plan", "{\"finding\":\"" FAKE_LOCAL "\"," KEY "}", 409,
			 "\"stale\"", ""));
}

/* As a front that died over it has left it. */
static void leave(struct app *app, struct slice request, int64_t begun)
{
	struct response rs = { .status = 0 };
	struct once_turn turn;
	bool answered;
	int status_;
	struct err e;
	FILE *f;

	assert_int_equal(once_begin(app->once, "admin.cgi root", "order-4711", request.p,
				    request.n, &turn, &rs, &arena, &answered, &status_, &e), 0);
	f = fopen(arena_printf(&arena, "%s/once/%s", dir, turn.name), "w");
	fprintf(f, "{\"request\":\"%s\",\"begun\":%lld}", turn.request, (long long)begun);
	fclose(f);
}

/* What exchange_once makes of APPLY. */
static void leave_apply(struct app *app, int64_t begun)
{
	static const char request[] = "v1/apply\0digest=" DIGEST "\0finding=" FAKE_LOCAL
		"\0typed=shop.example";

	leave(app, (struct slice){ request, sizeof(request) }, begun);
}

#define NOV24_10H 1795514400	/* 2026-11-24T10:00:00Z: before the fake change */

static void what_is_being_carried_out_is_not_begun_twice(void **state)
{
	leave_apply(*state, NOV24_10H);
	assert_true(said(*state, "api=v1/apply", APPLY("," KEY), 503, "being carried out", ""));
}

static void after_a_crash_the_journal_tells_what_was_done(void **state)
{
	leave_apply(*state, NOV24_10H);
	assert_true(said(app_in(dir), "api=v1/apply", APPLY("," KEY), 200,
			 "20261124-100500-a1b2c3", ""));
}

static void after_a_crash_what_was_not_done_is_done(void **state)
{
	leave_apply(*state, NOV24_10H + 86400);
	assert_true(said(app_in(dir), "api=v1/apply", APPLY("," KEY), 200, "\"KEPT\"", DONE));
}

static void another_requests_leavings_are_not_this_ones(void **state)
{
	leave(*state, SLICE("x"), 0);
	assert_true(said(app_in(dir), "api=v1/apply", APPLY("," KEY), 422, "key_reused", ""));
}

static void keys_are_bounded(void **state)
{
	struct once *o = ((struct app *)*state)->once;
	struct response rs = { .status = 500 };
	struct once_turn turn;
	struct err e = { .text = "" };
	int status_ = 0, rc = 0;
	bool answered;

	for (int i = 0; i <= ONCE_OWN_MAX && !rc; i++) {
		rc = once_begin(o, "admin.cgi root", arena_printf(&arena, "k%d", i),
				"r", 1, &turn, &rs, &arena, &answered, &status_, &e);
		if (!rc)
			once_end(o, &turn, &rs);
	}
	assert_int_equal(rc, -1);
	assert_int_equal(status_, 429);
	assert_int_equal(once_begin(o, "reseller.cgi northweb", "k", "r", 1, &turn, &rs,
				    &arena, &answered, &status_, &e), 0);
}

static void a_key_has_a_form(void **state)
{
	assert_true(said(*state, "api=v1/plan", "{\"finding\":\"" FAKE_LOCAL
			 "\",\"idempotency_key\":\"a b\"}", 400, "idempotency_key", ""));
}

/* ---- how often --------------------------------------------------------- */

static void a_bucket_empties_and_fills_again(void **state)
{
	struct rate *r = rate_new();

	(void)state;
	for (int i = 0; i < 60; i++)
		assert_int_equal(rate_take(r, "root", 60, 1000), 0);
	assert_int_equal(rate_take(r, "root", 60, 1000), 1);
	assert_int_equal(rate_take(r, "other", 60, 1000), 0);
	assert_int_equal(rate_take(r, "root", 60, 2000), 0);
	assert_int_equal(rate_take(r, "root", 60, 2500), 1);
	rate_free(r);
}

static void the_busiest_keep_their_buckets(void **state)
{
	struct rate *r = rate_new();

	(void)state;
	for (int i = 0; i < 60; i++)
		rate_take(r, "busy", 60, 1000);
	for (int i = 0; i < 4 * RATE_BUCKETS; i++)
		assert_int_equal(rate_take(r, arena_printf(&arena, "u%d", i), 60, 1000), 0);
	assert_int_not_equal(rate_take(r, "busy", 60, 1000), 0);
	rate_free(r);
}

static int ask_often(struct app *app, struct asked q, int times)
{
	struct response rs = { .status = 0 };
	int refused = 0;

	for (int i = 0; i < times; i++) {
		rs = ask(app, &q);
		refused += rs.status == 429 && rs.retry_after > 0 &&
			strstr(rs.body.data, "\"too_many\"");
		buf_free(&rs.body);
	}
	return refused;
}

static void whoever_asks_too_often_is_told_when_to_come_back(void **state)
{
	const struct asked token = { .query = "api=v1/scan" };
	const struct asked page = { .query = "page=overview", .token = TOKEN };
	const struct asked polling = { .query = "api=v1/scan", .token = TOKEN };
	const struct asked other = { DOOR_RESELLER, "northweb", .query = "api=v1/scan" };

	assert_in_range(ask_often(*state, token, 80), 15, 20);
	assert_int_equal(ask_often(*state, other, 20), 0);
	assert_int_equal(ask_often(*state, page, 80), 0);
	assert_int_equal(ask_often(*state, polling, 80), 0);
}

/* ---- in one call ------------------------------------------------------- */

static void a_fix_in_one_call_is_off_as_shipped(void **state)
{
	fakes.wordless = 1;
	assert_true(said(*state, "api=v1/fix", FIX, 403, "one_call", ""));
	put_findings(*state, "enable_listener");
	assert_true(said(*state, "api=v1/fix", FIX, 403, "one_call", ""));
}

static void a_fix_that_the_settings_name_is_planned_and_applied(void **state)
{
	fakes.wordless = 1;
	put_findings(*state, "set_routing");
	assert_true(said(*state, "api=v1/fix", FIX, 200, "\"KEPT\"",
			 "preview(" FAKE_LOCAL ") " DONE));
	assert_true(said(*state, "api=v1/fix", "{\"finding\":\"" FAKE_LOCAL "\",\"fix\":\"set_routing\","
			 "\"params\":{\"gateway\":\"yes\"}}", 403, "a person", ""));
}

static void what_asks_for_a_word_is_never_done_in_one_call(void **state)
{
	put_findings(*state, "set_routing");
	assert_true(said(*state, "api=v1/fix", FIX, 403, "a person", "preview(" FAKE_LOCAL ") "));
}

static void the_fix_that_is_named_must_be_the_findings(void **state)
{
	fakes.wordless = 1;
	put_findings(*state, "enable_listener");
	assert_true(said(*state, "api=v1/fix", "{\"finding\":\"" FAKE_LOCAL
			 "\",\"fix\":\"enable_listener\"}", 409, "set_routing",
			 "preview(" FAKE_LOCAL ") "));
}

static void a_foreign_finding_is_hidden_from_one_call_too(void **state)
{
	struct asked q = post("api=v1/fix", FIX);

	fakes.wordless = 1;
	put_findings(*state, "set_routing");
	q.door = DOOR_RESELLER;
	q.login = "southhost";
	assert_true(says(*state, &q, 404, "not_found"));
	assert_string_equal(fakes.log, "");
	q.login = "northweb";
	assert_true(says(*state, &q, 200, "KEPT"));
}

/* ---- lists ------------------------------------------------------------- */

static void lists_are_filtered_and_paged(void **state)
{
	static const struct {
		const char *query, *list;
		size_t n, matching;
	} table[] = {
		{ "api=v1/changes", "changes", 4, 4 },
		{ "api=v1/changes&limit=3&n=2", "changes", 1, 4 },
		{ "api=v1/changes&q=bakery", "changes", 1, 1 },
		{ "api=v1/changes&q=failed&limit=1", "changes", 1, 1 },
		{ "api=v1/changes&limit=3&n=9", "changes", 0, 4 },
		{ "api=v1/checks&q=routing_local&limit=5", "checks", 1, 1 },
		{ "api=v1/findings&q=shop&limit=1", "findings", 1, 1 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct asked q = { .query = table[i].query };
		json_object *data = data_of(*state, &q);

		assert_int_equal(json_count(json_member(data, table[i].list)), table[i].n);
		assert_int_equal(json_number(data, "matching", -1), table[i].matching);
		json_object_put(data);
	}
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin_kept, end_kept)
	const struct CMUnitTest tests[] = {
		T(the_same_again_is_answered_and_not_done_again),
		T(a_key_is_good_for_one_request),
		T(a_key_is_its_logins_and_its_doors),
		T(a_refusal_is_kept_and_our_own_failing_is_not),
		T(what_is_being_carried_out_is_not_begun_twice),
		T(after_a_crash_the_journal_tells_what_was_done),
		T(after_a_crash_what_was_not_done_is_done),
		T(another_requests_leavings_are_not_this_ones),
		T(keys_are_bounded),
		T(a_key_has_a_form),
		T(a_bucket_empties_and_fills_again),
		T(the_busiest_keep_their_buckets),
		T(whoever_asks_too_often_is_told_when_to_come_back),
		T(a_fix_in_one_call_is_off_as_shipped),
		T(a_fix_that_the_settings_name_is_planned_and_applied),
		T(what_asks_for_a_word_is_never_done_in_one_call),
		T(the_fix_that_is_named_must_be_the_findings),
		T(a_foreign_finding_is_hidden_from_one_call_too),
		T(lists_are_filtered_and_paged),
	};

	return cmocka_run_group_tests_name("app_once", tests, NULL, NULL);
}
