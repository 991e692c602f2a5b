#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mail/port_verdict.h"
#include "mail/probe.h"

/* ---- our own ports ------------------------------------------------------ */

static const struct {
	enum talk_state state;
	enum in_verdict want;
} talks[] = {
	{ TALK_NOT_ASKED, IN_UNKNOWN }, { TALK_UNKNOWN, IN_UNKNOWN },
	{ TALK_REFUSED, IN_BLOCKED_HERE }, { TALK_UNREACHED, IN_BLOCKED_HERE },
	{ TALK_SILENT, IN_NOT_SERVED }, { TALK_CLOSED, IN_NOT_SERVED },
	{ TALK_NOT_SMTP, IN_NOT_SERVED }, { TALK_TLS_FAILS, IN_NOT_SERVED },
	{ TALK_TURNED_AWAY, IN_NOT_SERVED }, { TALK_ANSWERS, IN_ANSWERS },
};

static void a_port_that_is_listened_on_is_judged_by_its_conversation(void **state)
{
	static const struct listener l = { .port = 25 };

	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(*talks); i++) {
		struct own_port o = { .port = 25, .family = 4, .listener = &l,
			.talk = { .state = talks[i].state, .why = "so" } };
		struct port_facts p = { .own = &o, .nown = 1 };
		struct in_view v = in_judge(&p, &o);

		assert_int_equal(v.verdict, talks[i].want);
		assert_string_equal(v.why, "so");
	}
}

static void nothing_listens_or_ipv4_alone_does(void **state)
{
	static const struct listener l = { .port = 25 };
	struct own_port o[2] = { { .port = 25, .family = 4, .listener = &l },
				 { .port = 25, .family = 6 } };
	struct port_facts p = { .own = o, .nown = 2 };

	(void)state;
	assert_int_equal(in_judge(&p, &o[1]).verdict, IN_V4_ONLY);
	o[0].listener = NULL;
	assert_int_equal(in_judge(&p, &o[1]).verdict, IN_NOTHING_LISTENS);
	assert_int_equal(in_judge(&p, &o[0]).verdict, IN_NOTHING_LISTENS);
}

/* ---- connections that go out -------------------------------------------- */

#define A4 "192.0.2.10"
#define B4 "198.18.1.10"
#define A6 "2001:db8:a::10"
#define B6 "2001:db8:b::10"
#define OWN4 "203.0.113.10"
#define OWN6 "2001:db8:10::10"
#define GREETS "220 mx.far.example ESMTP"
#define OPEN(user, host, port) "try " user " " host " " port " connected 0 9 - left there " GREETS "\n"
#define SILENT(user, host, port) "try " user " " host " " port " timeout 110 4000 - left there \n"
#define KEPT(user, host, port) "try " user " " host " " port " timeout 110 4000 - kept there \n"
#define RESET(user, host, port) "try " user " " host " " port " reset 111 1 - left there \n"
#define BY(user, host, port, error, ms, who) \
	"try " user " " host " " port " rejected " error " " ms " " who " left there \n"
#define HOME(user, host, port) "try " user " " host " " port " connected 0 0 - left here \n"

static const struct row {
	const char *tries;
	enum out_user user;
	int family;
	enum out_verdict want;
	bool owner;
} rows[] = {
	{ "", OUT_ROOT, 4, OUT_UNKNOWN, false },
	{ OPEN("exim", A4, "25"), OUT_EXIM, 4, OUT_OPEN, false },
	{ OPEN("exim", A4, "25"), OUT_EXIM, 6, OUT_UNKNOWN, false },
	{ OPEN("exim", A4, "25"), OUT_ROOT, 4, OUT_UNKNOWN, false },
	{ OPEN("exim", A4, "587"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	/* the far end of one host, another host is open */
	{ OPEN("exim", A4, "25") RESET("exim", B4, "25"), OUT_EXIM, 4, OUT_OPEN, false },
	{ OPEN("exim", A4, "25") SILENT("exim", B4, "25"), OUT_EXIM, 4, OUT_OPEN, false },
	/* redirected: by socket, by greeting; not by a name that only begins alike */
	{ HOME("nobody", A4, "25"), OUT_NOBODY, 4, OUT_REDIRECTED, false },
	{ HOME("nobody", A4, "25") OPEN("root", A4, "25"), OUT_NOBODY, 4, OUT_REDIRECTED, true },
	{ HOME("nobody", A6, "25") OPEN("root", A6, "25"), OUT_NOBODY, 6, OUT_REDIRECTED, true },
	{ "try nobody " A4 " 25 connected 0 0 - left there 220 Server.Example ESMTP\n",
	  OUT_NOBODY, 4, OUT_REDIRECTED, false },
	{ "try nobody " A4 " 25 connected 0 0 - left there 220-server.example ESMTP\n",
	  OUT_NOBODY, 4, OUT_REDIRECTED, false },
	{ "try nobody " A4 " 25 connected 0 0 - left there 220 server.example.com ESMTP\n",
	  OUT_NOBODY, 4, OUT_OPEN, false },
	{ "try nobody " A4 " 25 connected 0 0 - left there 220 mx server.example\n",
	  OUT_NOBODY, 4, OUT_OPEN, false },
	/* our own firewall */
	{ BY("exim", A4, "25", "111", "0", OWN4), OUT_EXIM, 4, OUT_OWN_FIREWALL, false },
	{ BY("exim", A4, "25", "113", "0", OWN4), OUT_EXIM, 4, OUT_OWN_FIREWALL, false },
	{ BY("exim", A4, "25", "111", "0", "127.0.0.1"), OUT_EXIM, 4, OUT_OWN_FIREWALL, false },
	{ BY("exim", A6, "25", "13", "0", OWN6), OUT_EXIM, 6, OUT_OWN_FIREWALL, false },
	{ KEPT("exim", A4, "25"), OUT_EXIM, 4, OUT_OWN_FIREWALL, false },
	{ KEPT("nobody", A4, "25") OPEN("root", A4, "25"), OUT_NOBODY, 4, OUT_OWN_FIREWALL, true },
	{ BY("nobody", A4, "25", "111", "0", OWN4) OPEN("exim", A4, "25"), OUT_NOBODY, 4, OUT_OWN_FIREWALL, true },
	{ RESET("nobody", A4, "25") OPEN("root", A4, "25"), OUT_NOBODY, 4, OUT_OWN_FIREWALL, true },
	{ RESET("nobody", A4, "587") OPEN("root", A4, "587"), OUT_NOBODY, 4, OUT_UNKNOWN, false },
	{ HOME("nobody", A4, "25") "try root " A4 " 25 connected 0 9 - left there \n",
	  OUT_NOBODY, 4, OUT_REDIRECTED, false },
	{ RESET("root", A4, "25") "try nobody " A4 " 25 connected 0 9 - left there \n",
	  OUT_ROOT, 4, OUT_UNKNOWN, false },
	/* a packet can be lost: silence alone is no rule */
	{ SILENT("nobody", A4, "25") OPEN("root", A4, "25"), OUT_NOBODY, 4, OUT_UNKNOWN, false },
	/* the provider: two hosts, another port, packets that left */
	{ SILENT("exim", A4, "25") SILENT("exim", B4, "25") OPEN("exim", A4, "587"), OUT_EXIM, 4, OUT_PROVIDER, false },
	{ SILENT("exim", A4, "25") SILENT("exim", B4, "25") OPEN("root", B4, "443"), OUT_EXIM, 4, OUT_PROVIDER, false },
	{ SILENT("exim", A6, "25") SILENT("exim", B6, "25") OPEN("exim", A6, "587"), OUT_EXIM, 6, OUT_PROVIDER, false },
	{ SILENT("exim", A6, "25") SILENT("exim", B6, "25") OPEN("exim", A4, "587"), OUT_EXIM, 6, OUT_UNKNOWN, false },
	{ SILENT("exim", A4, "25") SILENT("exim", B4, "25"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ SILENT("exim", A4, "25") SILENT("exim", B4, "25") RESET("exim", A4, "587"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ SILENT("exim", A4, "25") SILENT("exim", B4, "25") HOME("exim", A4, "587"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ SILENT("exim", A4, "25") OPEN("exim", A4, "587"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ SILENT("exim", A4, "25") KEPT("exim", B4, "25") OPEN("exim", A4, "587"), OUT_EXIM, 4, OUT_OWN_FIREWALL, false },
	{ SILENT("exim", A4, "25") RESET("exim", B4, "25") OPEN("exim", A4, "587"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	/* a site's user is asked of one host, Exim of two */
	{ SILENT("nobody", A4, "25") SILENT("exim", A4, "25") SILENT("exim", B4, "25") OPEN("root", A4, "443"),
	  OUT_NOBODY, 4, OUT_PROVIDER, false },
	{ RESET("nobody", A4, "25") RESET("exim", A4, "25") RESET("exim", B4, "25"), OUT_NOBODY, 4, OUT_RESET_ALIKE, false },
	{ KEPT("nobody", A4, "25") SILENT("exim", A4, "25") SILENT("exim", B4, "25") OPEN("root", A4, "443"),
	  OUT_NOBODY, 4, OUT_OWN_FIREWALL, false },
	/* somebody between, the far end itself, a RST */
	{ BY("exim", A4, "25", "113", "3", "203.0.113.1"), OUT_EXIM, 4, OUT_ON_THE_WAY, false },
	{ BY("exim", A6, "25", "13", "3", "2001:db8:10::1"), OUT_EXIM, 6, OUT_ON_THE_WAY, false },
	{ BY("exim", A4, "25", "111", "3", A4), OUT_EXIM, 4, OUT_FAR_END, false },
	{ BY("exim", A4, "25", "111", "3", A4) SILENT("exim", B4, "25"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ RESET("exim", A4, "25"), OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ RESET("exim", A4, "25") RESET("exim", B4, "25"), OUT_EXIM, 4, OUT_RESET_ALIKE, false },
	/* no way, no neighbour */
	{ "try exim " A4 " 25 no_route 101 0 - left there \n", OUT_EXIM, 4, OUT_NO_WAY, false },
	{ "try exim " A6 " 25 no_route 99 0 - left there \n", OUT_EXIM, 6, OUT_NO_WAY, false },
	{ "try exim " A4 " 25 failed 13 0 - left there \n", OUT_EXIM, 4, OUT_NO_WAY, false },
	{ "try exim " A4 " 25 failed 22 0 - left there \n", OUT_EXIM, 4, OUT_NO_WAY, false },
	{ "try exim " A4 " 25 failed 113 0 - left there \n", OUT_EXIM, 4, OUT_UNKNOWN, false },
	{ BY("exim", A4, "25", "113", "3067", OWN4), OUT_EXIM, 4, OUT_NO_NEIGHBOUR, false },
	{ "try exim " A4 " 25 not_tried 0 0 - left there \n", OUT_EXIM, 4, OUT_UNKNOWN, false },
};

static struct facts world(struct arena *a, const char *tries)
{
	struct facts f = { .now = 1000000, .hostname = "server.example" };
	struct ip *own = arena_zalloc(a, 2 * sizeof(*own));

	ip_parse(&own[0], OWN4);
	ip_parse(&own[1], OWN6);
	f.own = own;
	f.nown = 2;
	probe_read(slice_of(arena_printf(a, "probe 1 999000 -\n%s", tries)), a,
		   &f.ports.probe);
	assert_true(f.ports.probe.present);
	return f;
}

static void every_cell_is_judged_as_its_row_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		struct arena a = ARENA_INIT;
		struct facts f = world(&a, r->tries);
		struct out_view v = out_judge(&f, r->user, 25, r->family, &a);

		if (v.verdict != r->want || v.owner != r->owner)
			fail_msg("row %zu: %s%s\n%s", i, out_verdict_name(v.verdict),
				 v.owner ? ", owner" : "", r->tries);
		if (v.verdict != OUT_OPEN && !v.why)
			fail_msg("row %zu has no reason\n%s", i, r->tries);
		arena_clear(&a);
	}
}

static void who_refused_is_named(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = world(&a, BY("exim", A4, "25", "113", "3", "203.0.113.1"));
	struct out_view v = out_judge(&f, OUT_EXIM, 25, 4, &a);
	char by[IP_TEXT_MAX];

	(void)state;
	assert_string_equal(ip_text(by, &v.by), "203.0.113.1");
	assert_non_null(strstr(v.why, "203.0.113.1"));
	arena_clear(&a);
}

static void an_ordinary_host_is_not_blamed_on_other_ports(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = world(&a, RESET("exim", A4, "587") RESET("exim", B4, "587")
			       SILENT("exim", A4, "465") SILENT("exim", B4, "465")
			       OPEN("exim", A4, "25"));

	(void)state;
	assert_int_equal(out_judge(&f, OUT_EXIM, 587, 4, &a).verdict, OUT_UNKNOWN);
	assert_int_equal(out_judge(&f, OUT_EXIM, 465, 4, &a).verdict, OUT_UNKNOWN);
	arena_clear(&a);
}

static void a_probe_is_believed_for_a_day_and_until_mail_goes_out(void **state)
{
	struct arena a = ARENA_INIT;
	struct facts f = world(&a, OPEN("exim", A4, "25"));

	(void)state;
	assert_true(probe_counts(&f, 4));
	f.ports.log[0].last_delivered = f.ports.probe.at + 1;
	assert_false(probe_counts(&f, 4));
	assert_true(probe_counts(&f, 6));
	f.now = f.ports.probe.at + PROBE_BELIEVED;
	assert_false(probe_counts(&f, 6));
	f.now = f.ports.probe.at - 1;
	assert_false(probe_counts(&f, 6));
	arena_clear(&a);
}

static void the_log_is_judged_by_what_left_and_by_how_many_failed(void **state)
{
	struct facts f = { .now = 0 };
	struct out_log *l = &f.ports.log[0];

	(void)state;
	assert_int_equal(out_log_judge(&f, 4), OUT_LOG_QUIET);
	*l = (struct out_log){ .timed_out = 5, .hosts_failed = 3 };
	assert_int_equal(out_log_judge(&f, 4), OUT_LOG_TIMES_OUT);
	assert_int_equal(out_log_judge(&f, 6), OUT_LOG_QUIET);
	l->hosts_failed = 2;
	assert_int_equal(out_log_judge(&f, 4), OUT_LOG_QUIET);
	*l = (struct out_log){ .timed_out = 4, .hosts_failed = 4 };
	assert_int_equal(out_log_judge(&f, 4), OUT_LOG_QUIET);
	*l = (struct out_log){ .timed_out = 50, .hosts_failed = 30, .delivered = 1 };
	assert_int_equal(out_log_judge(&f, 4), OUT_LOG_OPEN);
	*l = (struct out_log){ .no_route = 1 };
	assert_int_equal(out_log_judge(&f, 4), OUT_LOG_NO_ROUTE);
}

/* ---- the probe's text --------------------------------------------------- */

static void what_is_not_of_the_form_is_passed_over(void **state)
{
	static const char *const lines[] = {
		"try wheel " A4 " 25 connected 0 9 - left there x\n",
		"try root 192.0.2 25 connected 0 9 - left there x\n",
		"try root fe80::1%eth0 25 connected 0 9 - left there x\n",
		"try root " A4 " 65536 connected 0 9 - left there x\n",
		"try root " A4 " 25 fine 0 9 - left there x\n",
		"try root " A4 " 25 connected -1 9 - left there x\n",
		"try root " A4 " 25 connected 0 9 nobody left there x\n",
		"try root\n", "try \n", "\n",
	};
	struct arena a = ARENA_INIT;
	struct out_probe p;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		probe_read(slice_of(arena_printf(&a, "probe 1 5 bakery\n%s", lines[i])), &a, &p);
		assert_true(p.present);
		assert_string_equal(p.account, "bakery");
		assert_int_equal(p.ntries, 0);
	}
	probe_read(SLICE("probe 2 5 -\n"), &a, &p);
	assert_false(p.present);
	probe_read(SLICE(OPEN("root", A4, "25")), &a, &p);
	assert_false(p.present);
	assert_int_equal(p.ntries, 0);
	arena_clear(&a);
}

static void a_greeting_is_printable_and_cut(void **state)
{
	struct arena a = ARENA_INIT;
	char text[2000] = "probe 1 5 -\ntry root " A4 " 25 connected 0 9 - left there 220 \x1b[2J";
	struct out_probe p;
	size_t n = strlen(text);

	(void)state;
	memset(text + n, 'x', sizeof(text) - n - 1);
	probe_read(slice_of(text), &a, &p);
	assert_int_equal(p.ntries, 1);
	assert_true(strlen(p.tries[0].banner) <= 400);
	assert_non_null(strstr(p.tries[0].banner, "220 ?[2Jxxx"));
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_is_listened_on_is_judged_by_its_conversation),
		cmocka_unit_test(nothing_listens_or_ipv4_alone_does),
		cmocka_unit_test(every_cell_is_judged_as_its_row_says),
		cmocka_unit_test(who_refused_is_named),
		cmocka_unit_test(an_ordinary_host_is_not_blamed_on_other_ports),
		cmocka_unit_test(a_probe_is_believed_for_a_day_and_until_mail_goes_out),
		cmocka_unit_test(the_log_is_judged_by_what_left_and_by_how_many_failed),
		cmocka_unit_test(what_is_not_of_the_form_is_passed_over),
		cmocka_unit_test(a_greeting_is_printable_and_cut),
	};

	return cmocka_run_group_tests_name("port_verdict", tests, NULL, NULL);
}
