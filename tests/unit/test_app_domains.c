#include "app_harness.h"
#include "core/check.h"
#include "http/domain_table.h"

/* The domains' page: fake_findings with a line for each domain. */

#define ROW(name_, owner_, reseller_, route_, side_, host_) \
	name_ "\t" owner_ "\t" reseller_ "\t" route_ "\t" side_ "\t" host_ "\t\tjudged\n"

static const char rows[] =
	ROW("bakery.example", "bakery", "northweb", "local", "here", "mail.bakery.example")
	ROW("hotel.example", "travel", "southhost", "local", "unknown", "")
	ROW("lawfirm.example", "lawfirm", "southhost", "remote", "here", "mail.lawfirm.example")
	"left.example\t\t\tnone\tnone\t\t\t\n"
	ROW("school.example", "school", "northweb", "local", "elsewhere", "mx.<b>spam</b>.example")
	ROW("shop.example", "shopco", "northweb", "local", "elsewhere", "aspmx.l.google.com")
	"broken line\n\t\t\n";

static struct app *with_rows(const char *text)
{
	struct app *app = app_in(NULL);
	json_object *o = fake_json(fake_findings);
	struct err e;

	json_put_text(o, "domain_rows", text);
	assert_int_equal(snapshot_put(app->store, o, &e), 0);
	json_object_put(o);
	return app;
}

/* a stands before b in what is shown. */
static bool before(struct app *app, const char *query, const char *a, const char *b)
{
	const struct asked q = { .query = query };
	struct response rs = ask(app, &q);
	const char *at = strstr(rs.body.data, a), *then = strstr(rs.body.data, b);
	bool fits = rs.status == 200 && at && then && at < then;

	buf_free(&rs.body);
	return fits;
}

#define LINK(name) "name=" name "\""

static void the_worst_domain_comes_first_and_one_without_a_finding_is_named_so(void **state)
{
	const struct asked look = { .query = "page=domains" };
	struct app *app = with_rows(rows);

	(void)state;
	assert_true(before(app, look.query, LINK("lawfirm.example"), LINK("hotel.example")));
	assert_true(before(app, look.query, LINK("hotel.example"), LINK("bakery.example")));
	assert_true(says(app, &look, 200, "badge fine\">Nothing found"));
	assert_true(says(app, &look, 200, "<span class=\"n\">6</span> All"));
	assert_true(says(app, &look, 200, "mx.&lt;b&gt;spam&lt;/b&gt;.example"));
}

static void a_domain_that_was_not_judged_is_not_fine(void **state)
{
	const struct asked fine = { .query = "page=domains&verdict=fine" };
	const struct asked unknown = { .query = "page=domains&verdict=unknown" };
	struct app *app = with_rows(rows);

	(void)state;
	assert_true(says_not(app, &fine, 200, "left.example"));
	assert_true(says(app, &fine, 200, "bakery.example"));
	assert_true(says(app, &unknown, 200, "left.example"));
	assert_true(says(app, &unknown, 200, "2 found"));
}

static void name_account_verdict_and_order_stand_in_the_address(void **state)
{
	static const struct {
		const char *query, *there, *absent;
	} looks_[] = {
		{ "page=domains&q=SCHOOL", LINK("school.example"), LINK("shop.example") },
		{ "page=domains&account=shopco", LINK("shop.example"), LINK("school.example") },
		{ "page=domains&verdict=critical", LINK("lawfirm.example"), LINK("bakery.example") },
		{ "page=domains&verdict=critical&account=shopco&q=op.", LINK("shop.example"), LINK("lawfirm.example") },
		{ "page=domains&q=e%0Ab", "No domain fits", LINK("shop.example") },
		{ "page=domains&account=nobody", "No domain fits", LINK("shop.example") },
		{ "page=domains&n=9", "There are no more", LINK("shop.example") },
	};
	struct app *app = with_rows(rows);

	(void)state;
	for (size_t i = 0; i < sizeof(looks_) / sizeof(*looks_); i++) {
		const struct asked q = { .query = looks_[i].query };
		bool refused = strstr(q.query, "%0A") != NULL;

		assert_true(refused ? says_not(app, &q, 400, looks_[i].absent) :
			    says(app, &q, 200, looks_[i].there));
		assert_true(refused || says_not(app, &q, 200, looks_[i].absent));
	}
	assert_true(before(app, "page=domains&sort=name", LINK("lawfirm.example"), LINK("shop.example")));
	assert_true(before(app, "page=domains&sort=name&desc=true", LINK("shop.example"), LINK("lawfirm.example")));
	/* One of no account comes after all others. */
	assert_true(before(app, "page=domains&sort=account", LINK("hotel.example"), LINK("left.example")));
}

static void what_no_order_and_no_verdict_is_called_is_refused(void **state)
{
	const struct asked order = { .query = "page=domains&sort=colour" };
	const struct asked verdict = { .query = "page=domains&verdict=green" };
	struct app *app = with_rows(rows);

	(void)state;
	assert_int_equal(status(app, &order), 400);
	assert_int_equal(status(app, &verdict), 400);
}

static void a_reseller_has_the_own_domains_counted_and_shown_alone(void **state)
{
	const struct asked theirs = { .query = "page=domains", .door = DOOR_RESELLER, .login = "northweb" };
	const struct asked foreign = { .query = "page=domains&account=lawfirm", .door = DOOR_RESELLER, .login = "northweb" };
	const struct asked unknown = { .query = "page=domains&account=lawfirn", .door = DOOR_RESELLER, .login = "northweb" };
	const struct asked nobody = { .query = "page=domains", .door = DOOR_RESELLER, .login = "somebody" };
	struct app *app = with_rows(rows);

	(void)state;
	assert_true(says(app, &theirs, 200, "<span class=\"n\">3</span> All"));
	assert_true(says(app, &theirs, 200, "<span class=\"n\">1</span> Critical"));
	assert_true(says_not(app, &theirs, 200, "lawfirm"));
	assert_true(says_not(app, &theirs, 200, "left.example"));
	assert_true(says(app, &foreign, 200, "No domain fits"));
	assert_true(says(app, &unknown, 200, "No domain fits"));
	assert_true(says(app, &nobody, 200, "Your accounts have no domain"));
}

static void how_a_changed_domain_is_routed_is_not_told_from_the_old_scan(void **state)
{
	const struct asked one = { .query = "page=domains&q=shop" };
	const struct asked other = { .query = "page=domains&q=bakery" };
	struct app *app = with_rows(rows);
	json_object *names = fake_json("[\"shop.example\"]"), *none = fake_json("[]");
	struct err e;

	(void)state;
	assert_true(says_not(app, &one, 200, "changed since the scan"));
	assert_int_equal(snapshot_put_domains(app->store, names, none, &e), 0);
	assert_true(says(app, &one, 200, "changed since the scan"));
	assert_true(says(app, &one, 200, "Nothing found"));
	assert_true(says_not(app, &other, 200, "changed since the scan"));
	json_object_put(names);
	json_object_put(none);
}

static void without_rows_and_without_a_scan_the_page_says_why_it_is_empty(void **state)
{
	const struct asked look = { .query = "page=domains" };

	assert_true(says(*state, &look, 200, "made by an older release"));
	assert_true(says(app_with(NULL), &look, 200, "was not scanned yet"));
}

static void a_hundred_thousand_come_fifty_a_page_and_the_api_is_spared_them(void **state)
{
	struct buf text = BUF_INIT(16u << 20);
	const struct asked last = { .query = "page=domains&sort=name&n=2000" };
	const struct asked one = { .query = "page=domains&q=d077777" };
	const struct asked api = { .query = "api=v1/findings" };
	struct app *app;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "d%06d.example\ta%d\tnorthweb\tlocal\there\t\t\tjudged\n", i, i % 300);
	app = with_rows(text.data);
	buf_free(&text);
	assert_true(says(app, &last, 200, "Page 2000 of 2000"));
	assert_true(says(app, &last, 200, LINK("d099999.example")));
	assert_true(says_not(app, &last, 200, LINK("d099949.example")));
	assert_true(says(app, &one, 200, "1 found"));
	assert_true(says_not(app, &api, 200, "d077777"));
	assert_true(says_not(app, &api, 200, "domain_rows"));
}

/* ---- the overview's look at the whole ------------------------------------- */

/* Wherever a text stands: at a name's ends, over what is read at once, at the very end. */
static void a_search_finds_what_stands_in_a_name_and_no_more(void **state)
{
	struct arena a = { 0 };
	struct buf text = BUF_INIT(1u << 16);
	struct domain_table *t;
	struct slice all;

	(void)state;
	for (unsigned i = 0; i < 90; i++)
		buf_printf(&text, "%.*s%u.%s\t\t\tlocal\there\t\t\tjudged\n", (int)(i % 23),
			   "aabbaabbccaabbaabbaabbc", i * 37 % 100, i % 3 ? "example" : "aab");
	all = (struct slice){ text.data, text.len };
	t = domain_table_new(all, &a);
	domain_table_end(t, &a);
	assert_int_equal(t->n, 90);
	for (size_t row = 0; row < t->n; row++)
		for (const char *from = t->rows[row].row.name; *from; from++)
			for (size_t n = 1; n <= strlen(from); n++) {
				const char *q = arena_strndup(&a, from, n);
				const struct table_wish w = { .q = q, .most = 50 };
				struct table_page page;
				size_t expected = 0;

				for (size_t i = 0; i < t->n; i++)
					expected += strstr(t->rows[i].row.name, q) != NULL;
				domain_table_choose(t, &w, &a, &page);
				assert_int_equal(page.matching, expected);
				assert_int_equal(page.n, expected < 50 ? expected : 50);
			}
	buf_free(&text);
	arena_clear(&a);
}

static void the_overview_says_which_mail_suffers_and_what_is_worst(void **state)
{
	const struct asked look = { .query = "page=overview" };
	const struct asked out = { .query = "page=overview&show=out" };
	const struct asked in = { .query = "page=overview&show=in" };
	const struct asked fine = { .query = "page=overview" };

	assert_true(says(*state, &look, 200, "Some of it is lost or refused"));
	assert_true(says(*state, &look, 200, "Critical: 1, warning: 1, not known: 0"));
	assert_true(says(*state, &look, 200, "The worst"));
	assert_true(says(*state, &out, 200, "Mail for shop.example stays"));
	assert_true(says_not(*state, &out, 200, "id=dns_unanswered"));
	assert_true(says(*state, &out, 200, "about mail from this server"));
	assert_true(says(*state, &in, 200, "id=dns_unanswered"));
	assert_true(says_not(app_with(fake_nothing), &fine, 200, "The worst"));
	assert_true(says(app_with(fake_nothing), &fine, 200, "Healthy: nothing wrong was found"));
}

static void a_silent_source_keeps_the_overview_from_calling_mail_healthy(void **state)
{
	const struct asked look = { .query = "page=overview" };
	struct app *app = app_with(FAKE_HEAD
		FAKE_SOURCES("{\"name\":\"log\",\"ok\":false,\"why\":\"no\"}") "\"findings\":[]}");

	(void)state;
	assert_true(says(app, &look, 200, "Nothing wrong was found where it could be looked"));
	assert_true(says_not(app, &look, 200, "Healthy"));
}

static void every_check_says_which_mail_suffers(void **state)
{
	(void)state;
	for (size_t i = 0; all_checks[i]; i++)
		if (!all_checks[i]->ways || all_checks[i]->ways & ~(unsigned)(WAY_IN | WAY_OUT))
			fail_msg("%s says no way", all_checks[i]->id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(the_worst_domain_comes_first_and_one_without_a_finding_is_named_so),
		T(a_domain_that_was_not_judged_is_not_fine),
		T(name_account_verdict_and_order_stand_in_the_address),
		T(what_no_order_and_no_verdict_is_called_is_refused),
		T(a_reseller_has_the_own_domains_counted_and_shown_alone),
		T(how_a_changed_domain_is_routed_is_not_told_from_the_old_scan),
		T(without_rows_and_without_a_scan_the_page_says_why_it_is_empty),
		T(a_hundred_thousand_come_fifty_a_page_and_the_api_is_spared_them),
		T(a_search_finds_what_stands_in_a_name_and_no_more),
		T(the_overview_says_which_mail_suffers_and_what_is_worst),
		T(a_silent_source_keeps_the_overview_from_calling_mail_healthy),
		T(every_check_says_which_mail_suffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
