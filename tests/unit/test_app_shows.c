#include <ftw.h>
#include <pthread.h>
#include <sys/stat.h>

#include "app_harness.h"

/* ---- scans ------------------------------------------------------------- */

static void a_scan_fills_the_overview(void **state)
{
	struct app *app = app_with(NULL);
	const struct asked start = { .method = "POST", .query = "api=v1/scan", .type = JSON, .body = "{}" };
	const struct asked look = { .query = "page=overview" };

	(void)state;
	assert_true(says(app, &look, 200, "was not scanned yet"));
	assert_int_equal(status(app, &start), 200);
	wait_for_scan(app);
	assert_true(says(app, &look, 200, "stays on this server"));
}

static void what_is_refused_about_a_domain_is_drawn_and_told(void **state)
{
	const struct asked look = { .query = "page=domain&name=shop.example" };

	assert_true(says(*state, &look, 200, "<rect class=\"series0\""));
	assert_true(says(*state, &look, 200, "5 refusals and failures in the days from 2026-11-23"));
	assert_true(says(*state, &look, 200, "2026-11-24: 5."));
	assert_true(says(*state, &look, 200, "Sent without &lt;script&gt;a login"));
}

static void one_scan_at_a_time(void **state)
{
	const struct asked start = { .method = "POST", .query = "api=v1/scan", .type = JSON, .body = "{}" };
	const struct asked look = { .query = "page=overview" };

	fakes.slow = 1;
	assert_int_equal(status(*state, &start), 200);
	assert_int_equal(status(*state, &start), 409);
	assert_true(says(*state, &look, 200, "A scan is running"));
	wait_for_scan(*state);
}

static void what_a_first_look_finds_is_shown_to_the_administrator_alone(void **state)
{
	const struct asked start = { .method = "POST", .query = "api=v1/scan", .type = JSON, .body = "{}" };
	const struct asked look = { .query = "page=overview" };
	const struct asked theirs = { .query = "page=overview", .door = DOOR_RESELLER, .login = "northweb" };
	const struct asked state_of = { .query = "api=v1/scan" };

	fakes.slow = 1;
	assert_int_equal(status(*state, &start), 200);
	usleep(300000);
	assert_true(says(*state, &look, 200, "Mail for &lt;b&gt;early.example&lt;/b&gt; is lost"));
	assert_true(says(*state, &look, 200, "7 critical, 3 warnings. Preliminary"));
	assert_true(says(*state, &state_of, 200, "\"id\":\"dns_x:early.example\""));
	assert_true(says(*state, &theirs, 200, "A scan is running"));
	assert_true(says_not(*state, &theirs, 200, "early.example"));
	assert_true(says_not(*state, &theirs, 200, "7 critical"));
	wait_for_scan(*state);
	assert_true(says_not(*state, &look, 200, "early.example"));
}

static void what_is_new_and_what_is_gone_is_said_to_those_whom_it_concerns(void **state)
{
	const struct asked ours = { .query = "page=overview" };
	const struct asked theirs = { .query = "page=overview", .door = DOOR_RESELLER, .login = "northweb" };
	const struct asked api = { .query = "api=v1/findings", .door = DOOR_RESELLER, .login = "northweb" };
	const struct asked one = { .query = "page=finding&id=routing_local_mx_elsewhere:shop.example" };

	assert_true(says(*state, &ours, 200, "<span class=\"new\">New</span>"));
	assert_true(says(*state, &ours, 200, "Once wrong with bakery.example"));
	assert_true(says(*state, &ours, 200, "No longer found since yesterday: 2"));
	assert_true(says(*state, &theirs, 200, "Once wrong with shop.example"));
	assert_true(says_not(*state, &theirs, 200, "Once wrong with bakery.example"));
	assert_true(says_not(*state, &api, 200, "Once wrong with bakery.example"));
	assert_true(says(*state, &one, 200, "since <time datetime=\"2026-11-24T10:00:00Z\">2026-11-24 10:00:00 UTC</time>, for the first time"));
}

static void a_failed_scan_leaves_the_last_one_and_says_why(void **state)
{
	const struct asked start = { .method = "POST", .query = "api=v1/scan", .type = JSON, .body = "{}" };
	const struct asked look = { .query = "page=overview" };

	fakes.fails = ERR_UNAVAILABLE;
	assert_int_equal(status(*state, &start), 200);
	wait_for_scan(*state);
	assert_true(says(*state, &look, 200, "The engine says: &lt;b&gt;no&lt;/b&gt;"));
	assert_true(says(*state, &look, 200, "lawfirm.example"));
}

static void what_is_no_findings_object_is_not_taken(void **state)
{
	static const char *const bad[] = {
		"[]", "{}", "{\"schema\":\"relaydoctor/2\"}",
		FAKE_HEAD FAKE_SOURCES("{}") "\"findings\":[{}]}",
		FAKE_HEAD FAKE_SOURCES("{}") "\"findings\":[{\"id\":\"a:b\",\"check\":\"a\",\"text\":\"t\",\"severity\":\"fatal\",\"subject\":{\"kind\":\"domain\",\"name\":\"b\"}}]}",
	};
	struct app *app = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_object *o = fake_json(bad[i]);
		struct err e;

		assert_int_equal(snapshot_put(app->store, o, &e), -1);
		json_object_put(o);
	}
	assert_int_equal(findings_left(app), 5);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static void the_last_scan_outlives_the_front(void **state)
{
	char dir[] = "/tmp/test_app.XXXXXX";
	struct app *first, *second;
	json_object *o = fake_json(fake_findings);
	struct err e;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	first = app_in(dir);
	assert_int_equal(snapshot_put(first->store, o, &e), 0);
	json_object_put(o);
	second = app_in(dir);
	assert_int_equal(findings_left(second), 5);

	f = fopen(arena_printf(&arena, "%s/last-scan.json", dir), "w");
	fputs("{\"schema\":", f);
	fclose(f);
	assert_null(snapshot_take(app_in(dir)->store));
	nftw(dir, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static void *read_on(void *ctx)
{
	struct app *app = ctx;

	for (int i = 0; i < 50; i++) {
		struct arena mine = ARENA_INIT;
		const struct request rq = {
			.arena = &mine, .door = DOOR_ADMIN, .login = "root", .method = "GET",
			.query = i % 2 ? "page=overview" : "api=v1/findings",
			.content_type = "", .security_token = "", .remote_addr = "",
			.origin = "", .host = "", .sec_fetch_site = "", .ticket = "",
			.body = "",
		};
		struct response rs = { .body = BUF_INIT(1u << 20) };

		app_handle(app, &rq, &rs);
		if (rs.status != 200)
			abort();
		buf_free(&rs.body);
		arena_clear(&mine);
	}
	return NULL;
}

static void many_may_read_while_a_scan_takes_the_last_ones_place(void **state)
{
	struct app *app = *state;
	pthread_t readers[4];
	struct err e;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, app), 0);
	for (int i = 0; i < 50; i++) {
		json_object *o = fake_json(i % 2 ? fake_findings : fake_nothing);

		assert_int_equal(snapshot_put(app->store, o, &e), 0);
		json_object_put(o);
	}
	for (size_t i = 0; i < 4; i++)
		pthread_join(readers[i], NULL);
}

/* ---- what is written on pages ------------------------------------------ */

/* Every text of an object replaced by markup that must not come through. */
#define MARKUP "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}"

static json_object *poisoned(json_object *o, const char *key)
{
	static const char *const kept[] = { "schema", "id", "check", "severity", "kind", "state" };
	json_object *copy;

	for (size_t i = 0; key && i < sizeof(kept) / sizeof(*kept); i++)
		if (!strcmp(key, kept[i]))
			return json_object_get(o);
	switch (json_object_get_type(o)) {
	case json_type_string:
		return json_object_new_string(MARKUP);
	case json_type_array:
		copy = json_object_new_array();
		for (size_t i = 0; i < json_count(o); i++)
			json_object_array_add(copy, poisoned(
				json_object_array_get_idx(o, i), NULL));
		return copy;
	case json_type_object:
		copy = json_object_new_object();
		json_object_object_foreach(o, name, v)
			json_object_object_add(copy, name, poisoned(v, name));
		return copy;
	default:
		return json_object_get(o);
	}
}

static void no_text_of_a_finding_becomes_markup(void **state)
{
	static const char *const queries[] = {
		"page=overview", ("page=finding&id=" FAKE_LOCAL),
		"page=finding&id=dns_unanswered:hotel.example",
		"page=overview&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
	};
	struct app *app = *state;
	json_object *o = fake_json(fake_findings), *bad = poisoned(o, NULL);
	struct err e;

	assert_int_equal(snapshot_put(app->store, bad, &e), 0);
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		const struct asked q = { .query = queries[i] };
		struct response rs = ask(app, &q);

		assert_int_equal(rs.status, 200);
		assert_null(strstr(rs.body.data, "<script>alert"));
		assert_null(strstr(rs.body.data, "<img src=x"));
		assert_null(strstr(rs.body.data, "\"'>"));
		buf_free(&rs.body);
	}
	json_object_put(bad);
	json_object_put(o);
}

static void nothing_that_a_request_says_becomes_markup(void **state)
{
	static const char *const queries[] = {
		"page=%3Cscript%3Ealert(1)%3C/script%3E",
		"api=%3Cscript%3Ealert(1)%3C/script%3E",
		"asset=%3Cscript%3Ealert(1)%3C/script%3E",
		"page=finding&id=x:%3Cscript%3Ealert(1)%3C/script%3E",
		"page=preview&finding=x:%3Cscript%3Ealert(1)%3C/script%3E&params.value=%3Cscript%3Ealert(1)%3C/script%3E",
		"page=domain&name=%3Cscript%3Ealert(1)%3C/script%3E",
	};

	for (int fails = 0; fails < 2; fails++) {
		fakes.fails = fails ? ERR_INPUT : ERR_NONE;
		for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
			const struct asked q = { .query = queries[i] };
			struct response rs = ask(*state, &q);

			if (strncmp(rs.content_type, JSON, sizeof(JSON) - 1))
				assert_null(strstr(rs.body.data, "<script>alert"));
			buf_free(&rs.body);
		}
	}
}

static void five_thousand_findings_come_in_pages_of_fifty(void **state)
{
	struct app *app = app_with(NULL);
	struct buf b = BUF_INIT(16u << 20);
	const struct asked seventh = { .query = "page=overview&n=7&severity=warning" };
	const struct asked last = { .query = "page=overview&n=100" };
	const struct asked beyond = { .query = "page=overview&n=101" };
	const struct asked found = { .query = "page=overview&q=d4242.example" };
	struct response rs;
	size_t rows = 0;
	struct err e;
	json_object *o;

	(void)state;
	buf_puts(&b, FAKE_HEAD FAKE_SOURCES("{\"name\":\"log\",\"ok\":true,\"why\":null}") "\"findings\":[");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%s{\"id\":\"routing_unlisted:d%d.example\",\"check\":\"routing_unlisted\",\"rule\":\"D06\",\"severity\":\"warning\",\"subject\":{\"kind\":\"domain\",\"name\":\"d%d.example\"},\"text\":\"d%d.example stands in none of the lists\",\"evidence\":[],\"fix\":null}",
			   i ? "," : "", i, i, i);
	buf_puts(&b, "]}");
	o = fake_json(b.data);
	assert_int_equal(snapshot_put(app->store, o, &e), 0);
	json_object_put(o);
	buf_free(&b);

	rs = ask(app, &seventh);
	for (char *p = rs.body.data; (p = strstr(p, "<li class=\"card warning\">")); p++)
		rows++;
	assert_int_equal(rows, 50);
	assert_non_null(strstr(rs.body.data, "Page 7 of 100"));
	assert_non_null(strstr(rs.body.data, "severity=warning&amp;q=&amp;show=&amp;n=8"));
	buf_free(&rs.body);
	assert_true(says(app, &last, 200, "Page 100 of 100"));
	assert_true(says(app, &beyond, 200, "Page 101 of 100"));
	assert_true(says(app, &found, 200, "1 of 5000"));
}

static void a_change_renews_its_own_domains_findings_alone(void **state)
{
	const struct asked undo = { .method = "POST", .query = "api=v1/undo", .type = JSON,
		.body = "{\"id\":\"20261124-100500-a1b2c3\"}" };
	const struct asked look = { .query = "api=v1/findings" };
	json_object *data;

	assert_int_equal(status(*state, &undo), 200);
	assert_true(says(*state, &look, 200, "It is back"));
	data = data_of(*state, &look);
	assert_int_equal(json_count(json_member(data, "findings")), 5);
	json_object_put(data);
}

/* ---- the account's own page -------------------------------------------- */

static void a_user_sees_what_cpanel_says_of_the_own_domains(void **state)
{
	const struct asked page = { DOOR_USER, "shopco", .query = "" };
	const struct asked api = { DOOR_USER, "shopco", .query = "api=v1/status" };
	json_object *data;

	assert_true(says(*state, &page, 200, "shop-old.example"));
	assert_string_equal(fakes.log, "as_user() my_facts() my_scan() ");
	data = data_of(*state, &api);
	assert_string_equal(json_text(data, "login"), "shopco");
	assert_int_equal(json_count(json_member(data, "domains")), 2);
	json_object_put(data);
}

static void an_answer_of_cpanels_that_cannot_be_read_is_said_so(void **state)
{
	static const char *const replies[] = {
		"", "no JSON", "[]", "{\"result\":{\"status\":0,\"errors\":[\"no\"]}}",
		"{\"result\":{\"status\":1,\"data\":null}}",
		"{\"result\":{\"status\":1,\"data\":[null,{},{\"domain\":7},{\"domain\":\"<script>\"}]}}",
	};

	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		const struct asked q = { DOOR_USER, "shopco", .query = "" };

		fakes.uapi = replies[i];
		assert_int_equal(status(*state, &q), i < 4 ? 503 : 200);
	}
}

/* ---- one address ------------------------------------------------------- */

static void an_address_is_shown_with_its_lists_its_log_and_its_fix(void **state)
{
	const struct asked page = { .query = "page=address&ip=203.0.113.5" };
	const struct asked empty = { .query = "page=address" };

	assert_true(says(*state, &page, 200, "Blocked here"));
	assert_true(says(*state, &page, 200, "lfd: &lt;b&gt;x&lt;/b&gt;"));
	assert_true(says(*state, &page, 200, "lfd[9]: &lt;b&gt;y&lt;/b&gt;"));
	assert_true(says(*state, &page, 200, "kept out"));
	assert_true(says(*state, &page, 200, "finding=ip_blocked%3A203.0.113.5"));
	assert_true(says(*state, &empty, 200, "One IP address"));
	assert_true(says_not(*state, &empty, 200, "Blocked here</span>"));
}

static void what_is_no_address_is_refused_before_anybody_is_asked(void **state)
{
	static const char *const words[] = {
		"fe80::1%25eth0", "0.0.0.0%2F0", "0.0.0.0", "::", "203.0.113.0%2F24",
		"host.example", "203.0.113.5%0A", "203.0.113.5+", "%3Cscript%3E", "1e9", "-r",
	};

	fakes.fails = ERR_BUG;	/* the scan service would say so */
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const struct asked page = { .query = arena_printf(&arena, "page=address&ip=%s", words[i]) };
		const struct asked api = { .query = arena_printf(&arena, "api=v1/address&ip=%s", words[i]) };

		assert_true(says(*state, &page, 400, "one IP address, such as"));
		assert_true(says(*state, &api, 400, "one IP address, such as"));
	}
	assert_true(says(*state, &(struct asked){ .query = "api=v1/address" }, 400, "ip is missing"));
	fakes.fails = ERR_NONE;
}

/* ---- ports -------------------------------------------------------------- */

static void each_cell_says_its_state_in_words_and_opens_its_evidence(void **state)
{
	const struct asked page = { .query = "page=ports" };
	static const char *const words[] = {
		"✓</span> open &lt;b&gt;v", "…</span> not asked &lt;b&gt;v", "?</span> unknown &lt;b&gt;v",
		"✗</span> shut &lt;b&gt;v", "-j &lt;b&gt;DROP&lt;/b&gt;", "nobody tried", "in from outside", "out as exim",
		"Nothing keeps &lt;b&gt;sites", "params.fix=set_restrictions&amp;params.value=on",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_true(says(*state, &page, 200, words[i]));
	assert_true(says_not(*state, &page, 200, "<b>"));
}

static void a_probe_wants_a_nonce_and_an_account_that_can_be_one(void **state)
{
	const char *n = nonce(*state, DOOR_ADMIN, "root", "probe ");
	const struct asked bare = { .method = "POST", .query = "page=probe", .type = FORM, .token = TOKEN, .body = "account=shopco" };
	const struct asked good = { .method = "POST", .query = "page=probe", .type = FORM, .token = TOKEN,
		.body = arena_printf(&arena, "account=shopco&nonce=%s", n) };
	const struct asked bad = { .method = "POST", .query = "page=probe", .type = FORM, .token = TOKEN,
		.body = arena_printf(&arena, "account=%%2d-x%%3Bid&nonce=%s", n) };
	const struct asked api = { .method = "POST", .query = "api=v1/probe", .type = JSON, .body = "{\"account\":\"$(id)\"}" };

	assert_int_equal(status(*state, &bare), 403);
	assert_true(says(*state, &good, 200, "out as shopco"));
	assert_non_null(strstr(fakes.log, "probe(shopco)"));
	assert_true(says(*state, &bad, 400, "the name of an account"));
	assert_true(says(*state, &api, 400, "the name of an account"));
	assert_null(strstr(fakes.log, "probe("));
}

static struct asked relay_asked(void *app, const char *body)
{
	return (struct asked){ .method = "POST", .query = "page=relay", .type = FORM, .token = TOKEN,
		.body = arena_printf(&arena, "%s&nonce=%s", body,
				     nonce(app, DOOR_ADMIN, "root", "relay ")) };
}

static void what_exim_would_say_is_shown_with_verb_file_line_and_limits(void **state)
{
	const struct asked q = relay_asked(*state, "ip=203.0.113.5&port=587&auth=&from=&to=b@far.example");
	static const char *const words[] = {
		"Exim would not take it", "Reply to RCPT: 550 <bdi>&lt;b&gt;not permitted",
		"<code>require</code> in <code>/etc/exim.conf</code> line 77 (acl_rcpt), which asks: <code>relay &lt;permitted&gt;",
		"An ACL asks about TLS.", "Never judged: x.", "value=\"b@far.example\"",
		"<option value=\"587\" selected>",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_true(says(*state, &q, 200, words[i]));
	assert_non_null(strstr(fakes.log, "relay({\"op\":\"relay\",\"ip\":\"203.0.113.5\",\"auth\":null,"
			       "\"port\":587,\"from\":\"\",\"to\":[\"b@far.example\"]}"));
}

static void exim_is_asked_with_a_nonce_and_fields_of_their_types_alone(void **state)
{
	static const char *const bad[] = {
		"ip=203.0.113.5", "to=b@far.example", "ip=203.0.113.0/24&to=b@far.example",
		"ip=203.0.113.5&to=b@far.example%20c@far.example", "ip=203.0.113.5&to=%3C%3E",
		"ip=203.0.113.5&to=b@far.example&auth=a%0ab", "ip=203.0.113.5&to=b@far.example&port=x",
		"ip=203.0.113.5&to=b@far.example&from=%22a%20b%22@far.example",
	};
	const struct asked bare = { .method = "POST", .query = "page=relay", .type = FORM, .token = TOKEN,
		.body = "ip=203.0.113.5&to=b@far.example" };

	assert_int_equal(status(*state, &bare), 403);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct asked q = relay_asked(*state, bad[i]);

		assert_int_equal(status(*state, &q), 400);
		assert_null(strstr(fakes.log, "relay("));
	}
}

static void a_mail_programs_setup_is_shown_and_comes_as_a_file(void **state)
{
	const struct asked page = { .query = "page=setup&name=shop.example&mailbox=info" };
	const struct asked file = { .query = "api=v1/setup&name=shop.example&format=mobileconfig" };
	const struct asked object = { .query = "api=v1/setup&name=shop.example" };
	struct response rs;

	assert_true(says(*state, &page, 200, "User name: &lt;name&gt;"));
	assert_non_null(strstr(fakes.log, "setup(info)"));
	assert_true(says(*state, &page, 200, "Not offered: <bdi>POP3 on port 995: &lt;nothing&gt;"));
	assert_true(says(*state, &object, 200, "\"metadata\""));
	rs = ask(*state, &file);
	assert_int_equal(rs.status, 200);
	assert_string_equal(rs.file_name, "mail.mobileconfig");
	assert_string_equal(rs.content_type, "application/x-apple-aspen-config; charset=utf-8");
	assert_int_equal(strncmp(rs.body.data, "<?xml ", 6), 0);
	buf_free(&rs.body);
}

static void without_a_sound_way_there_is_no_file(void **state)
{
	const struct asked page = { .query = "page=setup&name=shop.example" };
	const struct asked file = { .query = "api=v1/setup&name=shop.example&format=autoconfig" };

	fakes.unready = 1;
	assert_true(says(*state, &page, 200, "No file can be made"));
	assert_true(says_not(*state, &page, 200, "format=autoconfig"));
	assert_true(says(*state, &file, 409, "no port was seen"));
}

static void a_setup_is_asked_for_in_known_words(void **state)
{
	const struct asked format = { .query = "api=v1/setup&name=shop.example&format=exe" };
	const struct asked mailbox = { .query = "api=v1/setup&name=shop.example&mailbox=a%22%0d%0ab" };

	assert_true(says(*state, &format, 400, "json, autoconfig or mobileconfig"));
	assert_true(says(*state, &mailbox, 400, "before the @ of a mailbox"));
	assert_null(strstr(fakes.log, "setup("));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		T(a_scan_fills_the_overview),
		T(what_is_refused_about_a_domain_is_drawn_and_told),
		T(one_scan_at_a_time),
		T(what_a_first_look_finds_is_shown_to_the_administrator_alone),
		T(what_is_new_and_what_is_gone_is_said_to_those_whom_it_concerns),
		T(a_failed_scan_leaves_the_last_one_and_says_why),
		T(what_is_no_findings_object_is_not_taken),
		T(many_may_read_while_a_scan_takes_the_last_ones_place),
		T(the_last_scan_outlives_the_front),
		T(no_text_of_a_finding_becomes_markup),
		T(nothing_that_a_request_says_becomes_markup),
		T(five_thousand_findings_come_in_pages_of_fifty),
		T(a_change_renews_its_own_domains_findings_alone),
		T(an_address_is_shown_with_its_lists_its_log_and_its_fix),
		T(what_is_no_address_is_refused_before_anybody_is_asked),
		T(each_cell_says_its_state_in_words_and_opens_its_evidence),
		T(a_probe_wants_a_nonce_and_an_account_that_can_be_one),
		T(what_exim_would_say_is_shown_with_verb_file_line_and_limits),
		T(exim_is_asked_with_a_nonce_and_fields_of_their_types_alone),
		T(a_mail_programs_setup_is_shown_and_comes_as_a_file),
		T(without_a_sound_way_there_is_no_file),
		T(a_setup_is_asked_for_in_known_words),
		T(a_user_sees_what_cpanel_says_of_the_own_domains),
		T(an_answer_of_cpanels_that_cannot_be_read_is_said_so),
	};

	return cmocka_run_group_tests_name("app_shows", tests, NULL, NULL);
}
