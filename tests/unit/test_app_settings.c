#include "app_harness.h"
#include "core/check.h"
#include "core/mute.h"

/* The settings' page, and findings that are muted. */

static int post(struct app *app, const char *page, const char *body, const char *act)
{
	const struct asked q = {
		.method = "POST", .query = arena_printf(&arena, "page=%s", page),
		.type = FORM, .token = TOKEN,
		.body = arena_printf(&arena, "%s&nonce=%s", body, nonce(app, DOOR_ADMIN, "root", act)),
	};

	return status(app, &q);
}

static void the_page_shows_each_setting_and_what_is_not_understood(void **state)
{
	const struct asked q = { .query = "page=settings", .token = TOKEN };

	assert_true(says(*state, &q, 200, "Our &lt;b&gt;filter"));
	assert_true(says(*state, &q, 200, "it &lt;i&gt;moved"));
	assert_true(says(*state, &q, 200, "colour = &lt;u&gt;red"));
	assert_true(says(*state, &q, 200, "value=\"12h\""));
	assert_true(says(*state, &q, 200, "<span class=\"badge\">over</span>"));
}

static void a_setting_is_asked_of_the_helper_with_what_was_shown(void **state)
{
	assert_int_equal(post(*state, "set", "key=gateway&about=mx.example.org&value=Their+filter", "set "), 200);
	assert_string_equal(fakes.own_name, "gateway:mx.example.org");
	assert_string_equal(fakes.own_value, "Their filter");
	assert_string_equal(fakes.own_expect, "absent");
	assert_int_equal(post(*state, "set", "key=gateway&about=filter.example.net&expect=Our+filter&remove=true", "set "), 200);
	assert_string_equal(fakes.own_value, "absent");
	assert_string_equal(fakes.own_expect, "Our filter");
	assert_int_equal(post(*state, "set", "key=address&about=198.51.100.7", "set "), 200);
	assert_string_equal(fakes.own_value, "set");
	assert_int_equal(post(*state, "set", "key=scan_every&value=6h&expect=12h", "set "), 200);
	assert_string_equal(fakes.own_name, "scan_every");
	/* Empty: as usual. */
	assert_int_equal(post(*state, "set", "key=scan_every&expect=12h", "set "), 200);
	assert_string_equal(fakes.own_value, "absent");
}

static void what_a_scan_would_pass_over_is_refused_before_the_helper_is_asked(void **state)
{
	static const char *const bad[] = {
		"key=address&about=198.51.100.0/24", "key=address&about=127.0.0.1",
		"key=gateway&about=*.example.net", "key=gateway&about=net",
		"key=scan_every&value=1s", "key=scan_every&value=often",
		"key=probe_to&about=10.0.0.1", "key=colour&value=red",
		"key=mute&about=a:b&value=until+tomorrow",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		*fakes.own_name = '\0';
		assert_int_equal(post(*state, "set", bad[i], "set "), 400);
		assert_string_equal(fakes.own_name, "");
	}
}

static void a_muted_finding_is_counted_apart_and_shown_with_who_and_why(void **state)
{
	const struct asked all = { .query = "page=overview" };
	const struct asked muted = { .query = "page=overview&show=muted" };
	const struct asked one = { .query = "page=finding&id=" FAKE_LOCAL };
	const struct asked api = { .query = "api=v1/findings" };
	json_object *data;
	char mark[MUTE_MARK];

	assert_int_equal(post(*state, "mute", "id=" FAKE_LOCAL "&days=7&reason=it+moves+%3Cb%3E", "mute " FAKE_LOCAL), 200);
	assert_string_equal(fakes.own_name, "mute:" FAKE_LOCAL);
	mute_mark(mark, SEV_CRITICAL, "Mail for shop.example stays on this server, but its mailboxes are at Google Workspace");
	assert_non_null(strstr(fakes.own_value, arena_printf(&arena, " by root seen %s because it moves <b>", mark)));
	assert_true(says(*state, &all, 200, "1 muted, counted apart"));
	assert_true(says(*state, &all, 200, "<span class=\"n\">4</span> All"));
	assert_true(says_not(*state, &all, 200, "id=" FAKE_LOCAL));
	assert_true(says(*state, &muted, 200, "shop.example stays on this server"));
	assert_true(says(*state, &one, 200, "by <bdi>root</bdi>: <bdi>it moves &lt;b&gt;</bdi>"));
	assert_int_equal(findings_left(*state), 5);
	data = data_of(*state, &api);
	assert_int_equal(json_number(json_member(data, "summary"), "muted", -1), 1);
	assert_int_equal(json_number(json_member(data, "summary"), "critical", -1), 1);
	json_object_put(data);
	/* The mute is taken out. */
	assert_int_equal(post(*state, "set", "key=mute&about=" FAKE_LOCAL "&remove=true&expect=x", "set "), 200);
	assert_true(says_not(*state, &all, 200, "muted, counted apart"));
	assert_true(says(*state, &all, 200, "<span class=\"n\">5</span> All"));
}

static void a_mute_that_is_over_is_the_line_that_a_new_one_replaces(void **state)
{
	assert_int_equal(post(*state, "mute", "id=dns_unanswered:hotel.example&reason=again", "mute dns_unanswered:hotel.example"), 200);
	assert_string_equal(fakes.own_expect, "until 2026-01-31 by root seen 0123456789abcdef because it <i>moved");
}

static void a_mute_wants_a_finding_that_is_there_a_reason_and_an_end(void **state)
{
	assert_int_equal(post(*state, "mute", "id=a:b&reason=x", "mute a:b"), 404);
	assert_int_equal(post(*state, "mute", "id=" FAKE_LOCAL, "mute " FAKE_LOCAL), 400);
	assert_int_equal(post(*state, "mute", "id=" FAKE_LOCAL "&reason=x&days=1000", "mute " FAKE_LOCAL), 400);
	assert_int_equal(post(*state, "mute", "id=" FAKE_LOCAL "&reason=x", "mute other:finding"), 403);
	assert_string_equal(fakes.own_name, "");
}

/* ---- when it counts again -------------------------------------------------- */

static bool is_muted(int64_t now, enum severity s, const char *text)
{
	static const char before[] = "12 mails to shop.example of 2026-11-01 were refused at 192.0.2.1";
	char mark[MUTE_MARK];
	struct mute m = { .finding = "c:shop.example", .by = "root", .reason = "x",
			  .until = 1000, .mark = mute_mark(mark, SEV_WARNING, before) };
	const struct check c = { .id = "c" };
	const struct facts f = { .now = now, .mutes = &m, .nmutes = 1 };
	struct report r;
	struct finding *x;

	report_init(&r, &arena);
	x = report_add(&r, &c, s, SUBJECT_DOMAIN, "shop.example", "%s", text);
	report_add(&r, &c, s, SUBJECT_DOMAIN, "other.example", "%s", text);
	mutes_apply(&f, &r);
	assert_int_equal(r.count[s] + r.nmuted, 2);
	assert_int_equal(r.nmuted, x->muted != NULL);
	return x->muted != NULL;
}

static void a_mute_ends_with_its_day_and_with_what_was_muted(void **state)
{
	(void)state;
	assert_true(is_muted(999, SEV_WARNING, "12 mails to shop.example of 2026-11-01 were refused at 192.0.2.1"));
	assert_true(is_muted(999, SEV_WARNING, "13 mails to shop.example of 2026-11-02 were refused at 192.0.2.1"));
	assert_false(is_muted(1000, SEV_WARNING, "12 mails to shop.example of 2026-11-01 were refused at 192.0.2.1"));
	assert_false(is_muted(999, SEV_CRITICAL, "12 mails to shop.example of 2026-11-01 were refused at 192.0.2.1"));
	assert_false(is_muted(999, SEV_WARNING, "12 mails to shop.example of 2026-11-01 were refused at 192.0.2.2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(the_page_shows_each_setting_and_what_is_not_understood),
		T(a_setting_is_asked_of_the_helper_with_what_was_shown),
		T(what_a_scan_would_pass_over_is_refused_before_the_helper_is_asked),
		T(a_muted_finding_is_counted_apart_and_shown_with_who_and_why),
		T(a_mute_that_is_over_is_the_line_that_a_new_one_replaces),
		T(a_mute_wants_a_finding_that_is_there_a_reason_and_an_end),
		T(a_mute_ends_with_its_day_and_with_what_was_muted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
