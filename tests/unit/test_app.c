#include "app_harness.h"

#define FOREIGN "routing_remote_mx_here:lawfirm.example"	/* southhost's */
#define CHANGE "20261124-100500-a1b2c3"				/* root made it */

/* ---- who may ask for what ---------------------------------------------- */

enum { A = 1, R = 2, U = 4, ALL = 7 };

static const struct {
	const char *method, *query, *body, *act;
	unsigned doors;		/* those that get 200; to the others it is 403 */
} matrix[] = {
	{ "GET", "page=overview", NULL, NULL, A | R },
	{ "GET", "page=mine", NULL, NULL, U },
	{ "GET", "page=my_setup&name=shop.example", NULL, NULL, U },
	{ "GET", "page=my_explain", NULL, NULL, U },
	{ "POST", "page=my_explain", "text=550+relay+not+permitted", NULL, U },
	{ "GET", "page=my_address", NULL, NULL, U },
	{ "GET", "page=my_preview&finding=" FAKE_LOCAL, NULL, NULL, U },
	{ "POST", "page=my_apply", "finding=" FAKE_LOCAL "&digest=" DIGEST "&typed=shop.example", "apply " DIGEST, U },
	{ "GET", "page=my_changes", NULL, NULL, U },
	{ "GET", "page=finding&id=" FAKE_LOCAL, NULL, NULL, A | R },
	{ "GET", "page=preview&finding=" FAKE_LOCAL, NULL, NULL, A | R },
	{ "POST", "page=apply", "finding=" FAKE_LOCAL "&digest=" DIGEST "&typed=shop.example", "apply " DIGEST, A | R },
	{ "POST", "page=bulk", "findings[]=" FAKE_LOCAL, NULL, A | R },
	{ "GET", "page=history", NULL, NULL, A | R },
	{ "GET", "page=domains", NULL, NULL, A | R },
	{ "GET", "page=domain&name=shop.example", NULL, NULL, A | R },
	{ "GET", "page=setup&name=shop.example", NULL, NULL, A | R },
	{ "GET", "page=explain", NULL, NULL, A | R },
	{ "POST", "page=explain", "text=550+relay+not+permitted", NULL, A | R },
	{ "GET", "page=address&ip=203.0.113.5", NULL, NULL, A },
	{ "GET", "page=ports", NULL, NULL, A },
	{ "POST", "page=probe", "account=shopco", "probe ", A },
	{ "GET", "page=settings", NULL, NULL, A },
	{ "POST", "page=set", "key=gateway&about=filter.example.net&value=Our+filter", "set ", A },
	{ "POST", "page=mute", "id=" FAKE_LOCAL "&reason=it+moves", "mute " FAKE_LOCAL, A },
	{ "GET", "page=relay", NULL, NULL, A },
	{ "POST", "page=relay", "ip=203.0.113.5&to=b@far.example", "relay ", A },
	{ "POST", "page=scan", "", "scan ", A },
	{ "GET", "api=v1/status", NULL, NULL, ALL },
	{ "GET", "api=v1/findings", NULL, NULL, A | R },
	{ "GET", "api=v1/domain&name=shop.example", NULL, NULL, A | R },
	{ "GET", "api=v1/setup&name=shop.example", NULL, NULL, ALL },
	{ "GET", "api=v1/setup&name=shop.example&format=autoconfig", NULL, NULL, ALL },
	{ "GET", "api=v1/address&ip=203.0.113.5", NULL, NULL, A },
	{ "GET", "api=v1/ports", NULL, NULL, A },
	{ "POST", "api=v1/probe", "account=shopco", "probe ", A },
	{ "POST", "api=v1/relay", "ip=203.0.113.5&to=b@far.example", "relay ", A },
	{ "GET", "api=v1/checks", NULL, NULL, ALL },
	{ "GET", "api=v1/metrics", NULL, NULL, A },
	{ "GET", "api=v1/changes", NULL, NULL, A | R },
	{ "GET", "api=v1/scan", NULL, NULL, A | R },
	{ "POST", "api=v1/explain", "text=550+relay+not+permitted", NULL, A | R },
	{ "POST", "api=v1/plan", "finding=" FAKE_LOCAL, NULL, A | R },
	{ "POST", "api=v1/apply", "finding=" FAKE_LOCAL "&digest=" DIGEST "&typed=shop.example", "apply " DIGEST, A | R },
	{ "GET", "api=v1/openapi", NULL, NULL, ALL },
	{ "GET", "asset=relaydoctor.css", NULL, NULL, ALL },
};

static const struct {
	enum door door;
	unsigned bit;
	const char *login;
} doors[] = {
	{ DOOR_ADMIN, A, "root" }, { DOOR_RESELLER, R, "northweb" },
	{ DOOR_USER, U, "shopco" },
};

static void try(struct app *app, size_t row, size_t d)
{
	const char *n = matrix[row].act ?
		nonce(app, doors[d].door, doors[d].login, matrix[row].act) : NULL;
	const struct asked q = {
		.door = doors[d].door, .login = doors[d].login,
		.method = matrix[row].method, .query = matrix[row].query,
		.type = matrix[row].body ? FORM : NULL, .token = TOKEN,
		.body = n ? arena_printf(&arena, "%s&nonce=%s", matrix[row].body, n) :
			matrix[row].body,
	};
	int want = matrix[row].doors & doors[d].bit ? 200 : 403;
	int got = status(app, &q);

	if (got != want)
		fail_msg("%s %s at door %d: %d, not %d", q.method, q.query, q.door,
			 got, want);
}

static void each_door_opens_to_its_own_routes_and_no_others(void **state)
{
	for (size_t i = 0; i < sizeof(matrix) / sizeof(*matrix); i++)
		for (size_t d = 0; d < sizeof(doors) / sizeof(*doors); d++) {
			try(made[0], i, d);
			wait_for_scan(made[0]);
			end(state);
			begin(state);	/* with nothing changed yet */
		}
}

/* test_app_bulk.c tries these; test_app_once.c run_fix, which wants settings. */
static bool of_a_job(const struct route *r)
{
	return r->run == run_job || r->run == run_stop || r->run == run_bulk ||
		r->run == run_bulk_apply;
}

static void every_route_of_the_table_is_in_the_matrix(void **state)
{
	(void)state;
	for (const struct route *r = routes; r->name; r++) {
		const char *prefix = arena_printf(&arena, "%s=%s",
				r->kind == ROUTE_API ? "api" : "page", r->name);
		const char *method = r->method == METHOD_GET ? "GET" : "POST";
		bool found = false;

		for (size_t i = 0; i < sizeof(matrix) / sizeof(*matrix); i++)
			found |= !strncmp(matrix[i].query, prefix, strlen(prefix)) &&
				!strcmp(matrix[i].method, method);
		/* These two are tried with the changes they need, below; the
		 * second start of a scan depends on the first's end. */
		found |= strstr(r->name, "undo") || !strcmp(r->name, "change") ||
			of_a_job(r) || r->run == run_fix ||
			!strcmp(prefix, "api=v1/scan");
		if (!found)
			fail_msg("%s %s is not tried", method, prefix);
	}
}

static void the_description_names_every_api_route_and_no_other(void **state)
{
	const struct asked q = { .query = "api=v1/openapi" };
	json_object *o = data_of(*state, &q), *paths = json_member(o, "paths");
	size_t described = 0, in_table = 0;

	for (const struct route *r = routes; r->name; r++) {
		const char *path = arena_printf(&arena, "/admin.cgi?api=%s", r->name);

		if (r->kind != ROUTE_API)
			continue;
		in_table++;
		if (!json_member(json_member(paths, path),
				 r->method == METHOD_GET ? "get" : "post"))
			fail_msg("%s is not described", path);
	}
	json_object_object_foreach(paths, path, methods) {
		(void)path;
		described += (size_t)json_object_object_length(methods);
	}
	assert_int_equal(described, in_table);
	json_object_put(o);
}

static void the_other_method_is_refused(void **state)
{
	static const struct {
		const char *method, *query;
		int status;
	} table[] = {
		{ "GET", "page=apply", 405 }, { "GET", "api=v1/undo", 405 },
		{ "POST", "page=overview", 405 }, { "POST", "api=v1/findings", 405 },
		{ "PUT", "page=overview", 405 }, { "DELETE", "api=v1/findings", 405 },
		{ "get", "page=overview", 405 }, { "", "", 405 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct asked q = {
			.method = table[i].method, .query = table[i].query,
			.type = JSON, .body = "{}",
		};

		assert_int_equal(status(*state, &q), table[i].status);
	}
}

static void what_is_in_no_row_is_not_found(void **state)
{
	static const struct {
		const char *query;
		int status;
	} table[] = {
		{ "page=nowhere", 404 }, { "api=v1/nothing", 404 }, { "api=v2/status", 404 },
		{ "asset=../../etc/passwd", 404 }, { "asset=", 404 },
		{ "page=../x", 400 }, { "page=a&page=b", 400 }, { "page=%zz", 400 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct asked q = { .query = table[i].query };

		assert_int_equal(status(*state, &q), table[i].status);
	}
}

static void a_head_is_a_get_without_its_body(void **state)
{
	const struct asked q = { .method = "HEAD", .query = "page=overview" };
	struct response rs = ask(*state, &q);

	assert_int_equal(rs.status, 200);
	assert_int_equal(rs.body.len, 0);
	buf_free(&rs.body);
}

static void nobody_is_refused_at_the_gate(void **state)
{
	static const char *const logins[] = { "", "Ro ot", "../x", "<script>" };

	for (size_t i = 0; i < sizeof(logins) / sizeof(*logins); i++) {
		const struct asked q = { .login = logins[i] };

		assert_int_equal(status(*state, &q), 403);
	}
}

/* ---- whose ------------------------------------------------------------- */

static bool same_answer(struct app *app, const struct asked *a, const struct asked *b)
{
	struct response x = ask(app, a), y = ask(app, b);
	bool same = x.status == 404 && y.status == 404 && x.body.len == y.body.len &&
		!memcmp(x.body.data, y.body.data, x.body.len);

	buf_free(&x.body);
	buf_free(&y.body);
	return same;
}

static void what_is_foreign_and_what_is_unknown_look_the_same(void **state)
{
	static const struct {
		const char *method, *foreign, *unknown, *body, *other;
	} table[] = {
		{ "GET", "page=finding&id=" FOREIGN, "page=finding&id=routing_remote_mx_here:unheard.example", NULL, NULL },
		{ "GET", "page=domain&name=shop.example", "page=domain&name=unheard.example", NULL, NULL },
		{ "GET", "api=v1/domain&name=shop.example", "api=v1/domain&name=unheard.example", NULL, NULL },
		{ "GET", "api=v1/setup&name=shop.example", "api=v1/setup&name=unheard.example", NULL, NULL },
		{ "GET", "page=change&id=" CHANGE, "page=change&id=20200101-000000-000000", NULL, NULL },
		{ "POST", "api=v1/plan", "api=v1/plan", "{\"finding\":\"" FAKE_LOCAL "\"}", "{\"finding\":\"x:unheard.example\"}" },
		{ "POST", "api=v1/apply", "api=v1/apply", "{\"finding\":\"" FAKE_LOCAL "\",\"digest\":\"" DIGEST "\"}",
			"{\"finding\":\"x:unheard.example\",\"digest\":\"" DIGEST "\"}" },
		{ "POST", "api=v1/undo", "api=v1/undo", "{\"id\":\"" CHANGE "\"}", "{\"id\":\"20200101-000000-000000\"}" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		/* lawfirm.example is southhost's, the others are northweb's. */
		const char *login = i ? "southhost" : "northweb";
		const struct asked foreign = {
			DOOR_RESELLER, login, table[i].method, table[i].foreign,
			.type = table[i].body ? JSON : NULL, .body = table[i].body,
		};
		const struct asked unknown = {
			DOOR_RESELLER, login, table[i].method, table[i].unknown,
			.type = table[i].body ? JSON : NULL, .body = table[i].other,
		};

		if (!same_answer(*state, &foreign, &unknown))
			fail_msg("%s can be told from %s", table[i].foreign, table[i].unknown);
	}
}

static void no_foreign_finding_reaches_the_engine(void **state)
{
	const struct asked q = { DOOR_RESELLER, "southhost", .method = "POST",
		.query = "api=v1/apply", .type = JSON, .body = "{\"finding\":\"" FAKE_LOCAL "\",\"digest\":\"" DIGEST "\",\"typed\":\"shop.example\"}" };

	assert_int_equal(status(*state, &q), 404);
	assert_string_equal(fakes.log, "");
}

static void a_reseller_reads_the_own_findings_alone(void **state)
{
	const struct asked q = { DOOR_RESELLER, "northweb", .query = "api=v1/findings" };
	json_object *data = data_of(*state, &q), *list = json_member(data, "findings");

	assert_int_equal(json_count(list), 2);
	for (size_t i = 0; i < json_count(list); i++)
		assert_string_equal(json_text(json_object_array_get_idx(list, i),
					      "reseller"), "northweb");
	assert_int_equal(json_number(json_member(data, "summary"), "critical", -1), 1);
	assert_int_equal(json_count(json_member(json_member(data, "server"), "addresses")), 0);
	assert_null(json_member(json_member(data, "server"), "domains"));
	assert_null(json_member(json_member(data, "summary"), "domains"));
	json_object_put(data);
}

static void a_reseller_who_looks_at_a_domain_is_told_nothing_of_the_server(void **state)
{
	struct asked q = { DOOR_RESELLER, "northweb", .query = "api=v1/domain&name=shop.example" };
	json_object *data = data_of(*state, &q);

	assert_int_equal(json_count(json_member(data, "findings")), 1);
	json_object_put(data);
	q.door = DOOR_ADMIN;
	data = data_of(*state, &q);
	assert_int_equal(json_count(json_member(data, "findings")), 2);
	json_object_put(data);
}

static void an_account_that_moved_since_the_scan_is_its_old_resellers_no_more(void **state)
{
	static const char old[] = FAKE_HEAD
		FAKE_SOURCES("{\"name\":\"log\",\"ok\":true,\"why\":null}") "\"findings\":["
		FAKE_FINDING("critical", "routing_local_mx_elsewhere", "D01", "shop.example",
			     "As it was", FAKE_FIX, "null", "shopco", "southhost") "]}";
	const struct asked plan = { DOOR_RESELLER, "southhost", .method = "POST",
		.query = "api=v1/plan", .type = JSON, .body = "{\"finding\":\"" FAKE_LOCAL "\"}" };
	struct app *app = app_with(old);

	(void)state;
	assert_int_equal(status(app, &plan), 404);
}

static void resellers_cannot_keep_all_others_from_asking(void **state)
{
	static const struct {
		enum door door;
		const char *query;
		int status;
	} table[] = {
		{ DOOR_RESELLER, "api=v1/domain&name=shop.example", 503 },
		{ DOOR_RESELLER, "page=preview&finding=" FAKE_LOCAL, 503 },
		{ DOOR_RESELLER, "page=history", 503 },
		{ DOOR_RESELLER, "page=overview", 200 },
		{ DOOR_ADMIN, "api=v1/domain&name=shop.example", 200 },
		{ DOOR_ADMIN, "page=history", 200 },
	};
	struct app *app = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct asked q = { table[i].door, "northweb", .query = table[i].query };

		app->resellers = RESELLERS_AT_WORK;
		assert_int_equal(status(app, &q), table[i].status);
		assert_int_equal(app->resellers, RESELLERS_AT_WORK);
		app->resellers = RESELLERS_AT_WORK - 1;
		assert_int_equal(status(app, &q), 200);
	}
}

static void root_at_the_resellers_door_sees_what_root_owns(void **state)
{
	const struct asked q = { DOOR_RESELLER, "root", .query = "api=v1/findings" };
	json_object *data = data_of(*state, &q), *list = json_member(data, "findings");

	assert_int_equal(json_count(list), 1);
	assert_string_equal(json_text(json_object_array_get_idx(list, 0), "reseller"), "root");
	json_object_put(data);
}

static void a_resellers_history_is_what_went_through_the_own_door(void **state)
{
	const struct asked q = { DOOR_RESELLER, "northweb", .query = "api=v1/changes" };
	json_object *data = data_of(*state, &q), *list = json_member(data, "changes");

	assert_int_equal(json_count(list), 1);
	assert_string_equal(json_text(json_object_array_get_idx(list, 0), "by"), "northweb");
	json_object_put(data);
}

/* ---- requests from elsewhere ------------------------------------------- */

static const char apply_form[] = "finding=" FAKE_LOCAL "&digest=" DIGEST "&typed=shop.example";
static const char apply_json[] = "{\"finding\":\"" FAKE_LOCAL "\",\"digest\":\"" DIGEST "\",\"typed\":\"shop.example\"}";

static void outside_a_session_only_plain_json_changes_anything(void **state)
{
	static const struct {
		const char *type, *origin, *site;
		int status;
	} table[] = {
		{ JSON, NULL, NULL, 200 },
		{ JSON, "https://panel.example:2087", "same-origin", 200 },
		{ JSON "; charset=utf-8", NULL, NULL, 403 },
		{ "Application/JSON", NULL, NULL, 403 },
		{ "text/plain", NULL, NULL, 403 },
		{ FORM, NULL, NULL, 403 },
		{ FORM, "https://panel.example:2087", "same-origin", 403 },
		{ "multipart/form-data; boundary=x", NULL, NULL, 403 },
		{ "", NULL, NULL, 403 },
		{ JSON, "https://evil.example", NULL, 403 },
		{ JSON, "https://panel.example:2087.evil.example", NULL, 403 },
		{ JSON, "https://panel.example", NULL, 403 },
		{ JSON, "null", NULL, 403 },
		{ JSON, NULL, "cross-site", 403 },
		{ JSON, NULL, "same-site", 403 },
		{ JSON, NULL, "none", 403 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct asked q = { .method = "POST", .query = "api=v1/apply",
			.type = table[i].type, .body = apply_json,
			.origin = table[i].origin, .site = table[i].site };
		int got = status(*state, &q);

		if (got != table[i].status)
			fail_msg("%s from %s (%s): %d", q.type, q.origin, q.site, got);
		if (got == 403)
			assert_string_equal(fakes.log, "");
	}
}

static void in_a_session_a_change_needs_the_nonce_of_its_own_form(void **state)
{
	struct app *app = *state;
	const struct {
		const char *nonce;
		int status;
	} table[] = {
		{ nonce(app, DOOR_ADMIN, "root", "apply " DIGEST), 200 },
		{ nonce(app, DOOR_ADMIN, "root", "apply 00" DIGEST), 403 },
		{ nonce(app, DOOR_ADMIN, "root", "undo " DIGEST), 403 },
		{ nonce(app, DOOR_ADMIN, "northweb", "apply " DIGEST), 403 },
		{ nonce(app, DOOR_RESELLER, "root", "apply " DIGEST), 403 },
		{ "1.00", 403 }, { "", 403 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct asked q = { .method = "POST", .query = "page=apply",
			.type = FORM, .token = TOKEN,
			.body = arena_printf(&arena, "%s&nonce=%s", apply_form, table[i].nonce) };
		int got = status(app, &q);

		if (got != table[i].status)
			fail_msg("nonce %zu: %d", i, got);
		if (got == 403)
			assert_string_equal(fakes.log, "");
	}
}

static void a_nonce_in_the_address_counts_for_nothing(void **state)
{
	const struct asked q = { .method = "POST", .type = FORM, .token = TOKEN,
		.body = apply_form, .query = arena_printf(&arena, "page=apply&nonce=%s",
			nonce(*state, DOOR_ADMIN, "root", "apply " DIGEST)) };

	assert_int_equal(status(*state, &q), 403);
}

static void in_a_session_json_needs_the_nonce_as_well(void **state)
{
	struct asked q = { .method = "POST", .query = "api=v1/apply", .type = JSON,
		.token = TOKEN, .body = apply_json };

	assert_int_equal(status(*state, &q), 403);
	q.body = arena_printf(&arena, "{\"nonce\":\"%s\",%s",
			nonce(*state, DOOR_ADMIN, "root", "apply " DIGEST), apply_json + 1);
	assert_int_equal(status(*state, &q), 200);
}

static void a_session_does_not_excuse_a_foreign_origin(void **state)
{
	const struct asked q = { .method = "POST", .query = "page=apply", .type = FORM,
		.token = TOKEN, .origin = "https://evil.example",
		.body = arena_printf(&arena, "%s&nonce=%s", apply_form,
			nonce(*state, DOOR_ADMIN, "root", "apply " DIGEST)) };

	assert_int_equal(status(*state, &q), 403);
}

static void a_token_that_is_none_is_refused(void **state)
{
	static const char *const tokens[] = { "cpsess1", "/cpsess1/..", "/<script>" };

	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		const struct asked q = { .token = tokens[i] };

		assert_int_equal(status(*state, &q), 403);
	}
}

/* ---- changes ----------------------------------------------------------- */

static void a_change_goes_through_the_doors_ticket(void **state)
{
	struct asked q = { .method = "POST", .query = "api=v1/apply", .type = JSON,
		.body = apply_json };

	assert_int_equal(status(*state, &q), 200);
	assert_string_equal(fakes.log, "as_ticket(ticket) apply(" FAKE_LOCAL ") ");
	q.ticket = "used";
	assert_int_equal(status(*state, &q), 403);
	assert_string_equal(fakes.log, "as_ticket(used) ");
	q.ticket = "";
	assert_int_equal(status(*state, &q), 403);
	assert_string_equal(fakes.log, "");
}

static void what_was_cured_leaves_the_overview_at_once_and_comes_back_with_undo(void **state)
{
	struct asked q = { .method = "POST", .query = "api=v1/apply", .type = JSON,
		.body = apply_json };

	assert_int_equal(findings_left(*state), 5);
	assert_int_equal(status(*state, &q), 200);
	assert_int_equal(findings_left(*state), 4);
	q.query = "api=v1/undo";
	q.body = "{\"id\":\"" CHANGE "\"}";
	assert_int_equal(status(*state, &q), 200);
	assert_int_equal(findings_left(*state), 5);
}

static void a_refused_form_shows_the_preview_again_with_the_reason(void **state)
{
	struct asked q = { .method = "POST", .query = "page=apply", .type = FORM,
		.token = TOKEN,
		.body = arena_printf(&arena, "finding=" FAKE_LOCAL "&digest=" DIGEST "&typed=shop&nonce=%s",
			nonce(*state, DOOR_ADMIN, "root", "apply " DIGEST)) };

	assert_true(says(*state, &q, 400, "Type shop.example to confirm"));
	assert_true(says(*state, &q, 400, "name=\"typed\""));
}

static void the_engines_refusals_have_their_status_and_word(void **state)
{
	static const struct {
		enum errcode code;
		int status;
		const char *word;
	} table[] = {
		{ ERR_INPUT, 400, "input" }, { ERR_DENIED, 403, "denied" },
		{ ERR_STALE, 409, "stale" }, { ERR_UNAVAILABLE, 503, "unavailable" },
		{ ERR_LIMIT, 413, "limit" }, { ERR_NOT_FOUND, 404, "not_found" },
		{ ERR_BUG, 500, "internal" },
	};
	const struct asked q = { .method = "POST", .query = "api=v1/plan", .type = JSON,
		.body = "{\"finding\":\"" FAKE_LOCAL "\"}" };

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct response rs;
		json_object *o;

		fakes.fails = table[i].code;
		rs = ask(*state, &q);
		o = fake_json(rs.body.data);
		assert_int_equal(rs.status, table[i].status);
		assert_int_equal(json_number(json_member(o, "metadata"), "result", -1), 0);
		assert_string_equal(json_text(json_member(o, "metadata"), "command"), "plan");
		assert_string_equal(json_text(json_member(o, "data"), "error"), table[i].word);
		json_object_put(o);
		buf_free(&rs.body);
	}
}

static void a_misspelt_field_of_a_change_is_refused(void **state)
{
	const struct asked q = { .method = "POST", .query = "api=v1/undo", .type = JSON,
		.body = "{\"id\":\"" CHANGE "\",\"force\":true}" };

	assert_int_equal(status(*state, &q), 400);
	assert_string_equal(fakes.log, "");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		T(each_door_opens_to_its_own_routes_and_no_others),
		T(every_route_of_the_table_is_in_the_matrix),
		T(the_description_names_every_api_route_and_no_other),
		T(the_other_method_is_refused),
		T(what_is_in_no_row_is_not_found),
		T(a_head_is_a_get_without_its_body),
		T(nobody_is_refused_at_the_gate),
		T(what_is_foreign_and_what_is_unknown_look_the_same),
		T(no_foreign_finding_reaches_the_engine),
		T(resellers_cannot_keep_all_others_from_asking),
		T(a_reseller_who_looks_at_a_domain_is_told_nothing_of_the_server),
		T(an_account_that_moved_since_the_scan_is_its_old_resellers_no_more),
		T(a_reseller_reads_the_own_findings_alone),
		T(root_at_the_resellers_door_sees_what_root_owns),
		T(a_resellers_history_is_what_went_through_the_own_door),
		T(outside_a_session_only_plain_json_changes_anything),
		T(in_a_session_a_change_needs_the_nonce_of_its_own_form),
		T(a_nonce_in_the_address_counts_for_nothing),
		T(in_a_session_json_needs_the_nonce_as_well),
		T(a_session_does_not_excuse_a_foreign_origin),
		T(a_token_that_is_none_is_refused),
		T(a_change_goes_through_the_doors_ticket),
		T(what_was_cured_leaves_the_overview_at_once_and_comes_back_with_undo),
		T(a_refused_form_shows_the_preview_again_with_the_reason),
		T(the_engines_refusals_have_their_status_and_word),
		T(a_misspelt_field_of_a_change_is_refused),
	};

	return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
