#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/fix.h"
#include "mail/verdict.h"

/* A server with one account and one domain, everything readable: local, its MX
 * at Google, nothing lying here, a week of log without arrivals. */
struct world {
	struct arena arena;
	struct facts f;
	struct domain d;
	struct domain_more more;
	struct mx mx;
	struct mx_host host;
	struct ip ip;
	struct finding finding;
	struct param params[3];
	struct fix_input in;
	struct plan plan;
	struct err e;
};

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	for (int i = 0; i < NSOURCES; i++)
		w->f.source[i].state = SOURCE_OK;
	w->f.domains = &w->d;
	w->f.ndomains = 1;
	w->f.log_from = 1795132800 - 8 * 86400;
	w->f.log_to = 1795132800;
	w->f.exim.local_domains = "lsearch;/etc/localdomains";
	w->f.exim.reads[LIST_LOCAL] = w->f.exim.reads[LIST_SECONDARY] = true;
	ip_parse(&w->ip, "203.0.113.5");
	w->host = (struct mx_host){ .name = "aspmx.l.google.com", .a = DNS_OK,
		.aaaa = DNS_NODATA, .ips = &w->ip, .nips = 1, .provider = "google.com",
		.kind = PROVIDER_MAILBOX, .provider_title = "Google Workspace" };
	w->mx = (struct mx){ 1, &w->host };
	w->d = (struct domain){ .name = "d.example", .owner = "bob",
		.line = { [LIST_LOCAL] = 3 }, .mx_status = DNS_OK, .mx = &w->mx,
		.nmx = 1, .more = &w->more,
		.whm_asked = true, .whm_listed = true };
	w->more = (struct domain_more){ .mxcheck = "local", .detected = "local" };
	w->finding = (struct finding){ .subject = "d.example" };
	w->in = (struct fix_input){ .facts = &w->f, .finding = &w->finding,
		.params = w->params, .here = { .asked = true, .known = true } };
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;

	arena_clear(&w->arena);
	free(w);
	return 0;
}

static void set(struct world *w, const char *name, const char *value)
{
	w->params[w->in.nparams++] = (struct param){ name, value };
}

static int plan(struct world *w)
{
	verdict_judge(&w->f, &w->d, &w->arena);
	plan_init(&w->plan, &w->arena);
	memset(&w->e, 0, sizeof(w->e));
	return fix_find("set_routing")->plan(&w->in, &w->plan, &w->e);
}

static void planned(struct world *w, const char *value)
{
	if (plan(w))
		fail_msg("%s", w->e.text);
	assert_string_equal(w->plan.first->verb, "set_routing");
	assert_string_equal(w->plan.first->name, "d.example");
	assert_string_equal(w->plan.first->expect, w->more.mxcheck);
	assert_string_equal(w->plan.first->value, value);
	assert_null(w->plan.first->next);
}

static void refused(struct world *w, enum errcode code, const char *words)
{
	assert_int_equal(plan(w), -1);
	assert_null(w->plan.first);
	assert_int_equal(w->e.code, code);
	if (!strstr(w->e.text, words))
		fail_msg("“%s” does not say “%s”", w->e.text, words);
}

static bool noted(const struct world *w, const char *words)
{
	for (size_t i = 0; i < w->plan.nnotes; i++)
		if (strstr(w->plan.notes[i], words))
			return true;
	return false;
}

static void lists(struct world *w, unsigned local, unsigned remote, unsigned secondary)
{
	w->d.line[LIST_LOCAL] = local;
	w->d.line[LIST_REMOTE] = remote;
	w->d.line[LIST_SECONDARY] = secondary;
}

/* ---- the value -------------------------------------------------------- */

static void mailboxes_elsewhere_become_remote(void **state)
{
	planned(*state, "remote");
}

static void an_exchanger_that_is_ours_becomes_local(void **state)
{
	struct world *w = *state;

	lists(w, 0, 4, 0);
	w->host.ours = true;
	w->more.mxcheck = "remote";
	planned(w, "local");
	assert_null(w->plan.confirm);
}

static void contradictions_follow_the_live_dns(void **state)
{
	struct world *w = *state;

	lists(w, 3, 4, 0);
	w->more.mxcheck = "auto";
	planned(w, "remote");
	assert_true(noted(w, "Automatically Detect"));
	w->host.ours = true;
	planned(w, "local");
	/* Saving the same value again writes the lists anew. */
	w->more.mxcheck = "local";
	planned(w, "local");
}

static void an_unlisted_domain_goes_where_its_mail_goes(void **state)
{
	struct world *w = *state;

	lists(w, 0, 0, 0);
	planned(w, "remote");
	assert_null(w->plan.confirm);
	w->host.ours = true;
	planned(w, "local");
	assert_true(noted(w, "has this value already"));
	w->more.mxcheck = "remote";
	planned(w, "local");
	assert_false(noted(w, "has this value already"));
}

static void an_address_elsewhere_is_no_reason_to_move_mail(void **state)
{
	struct world *w = *state;

	lists(w, 3, 4, 0);
	w->d.mx_status = DNS_NODATA;
	w->d.nmx = 0;
	w->d.implicit = &w->host;
	refused(w, ERR_INPUT, "say value=");
	set(w, "value", "local");
	planned(w, "local");
}

static void an_exchanger_that_only_its_own_network_reaches_is_no_reason_either(void **state)
{
	struct world *w = *state;

	ip_parse(&w->ip, "192.168.7.7");
	w->host.kind = PROVIDER_UNKNOWN;
	refused(w, ERR_INPUT, "say value=");
	set(w, "value", "remote");
	planned(w, "remote");
}

static void behind_an_undeclared_nat_nothing_is_moved_away(void **state)
{
	struct world *w = *state;
	struct ip own[2];

	ip_parse(&own[0], "10.0.0.5");
	ip_parse(&own[1], "fe80::5");
	w->f.own = own;
	w->f.nown = 2;
	refused(w, ERR_INPUT, "say value=");
	ip_parse(&own[1], "2001:db8::5");
	planned(w, "remote");
}

static void the_admin_may_choose_another_value(void **state)
{
	struct world *w = *state;

	set(w, "value", "auto");
	planned(w, "auto");
	assert_true(noted(w, "own DNS zone"));
}

static void other_words_are_refused(void **state)
{
	static const struct param words[] = {
		{ "value", "Remote" }, { "value", "" }, { "value", "remote; rm" },
		{ "gateway", "perhaps" }, { "mode", "x" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		w->in.nparams = 0;
		set(w, words[i].name, words[i].value);
		refused(w, ERR_INPUT, "takes value=");
	}
}

/* ---- what forbids it -------------------------------------------------- */

static void a_domain_that_is_not_here_is_refused(void **state)
{
	struct world *w = *state;

	w->finding.subject = "other.example";
	refused(w, ERR_NOT_FOUND, "not on this server");
	w->finding.subject = "d.example";
	w->d.owner = NULL;
	refused(w, ERR_DENIED, "no account");
}

static void what_cpanel_does_not_offer_is_refused(void **state)
{
	struct world *w = *state;

	w->d.whm_listed = false;
	w->more.mxcheck = NULL;
	refused(w, ERR_DENIED, "Edit MX Entry");
	w->d.whm_asked = false;
	w->f.source[SOURCE_WHM] = (struct source_status){ SOURCE_FAILED, "whmapi1 timed out" };
	refused(w, ERR_UNAVAILABLE, "whmapi1 timed out");
}

static void what_is_already_set_is_not_set_again(void **state)
{
	struct world *w = *state;

	w->more.mxcheck = "remote";
	refused(w, ERR_STALE, "already set");
}

static void a_healthy_domain_is_left_alone(void **state)
{
	struct world *w = *state;

	lists(w, 0, 4, 0);
	refused(w, ERR_STALE, "nothing to change");
}

static void without_a_verdict_nothing_is_changed(void **state)
{
	static const enum dns_status silent[] = {
		DNS_SERVFAIL, DNS_REFUSED, DNS_TIMEOUT, DNS_NXDOMAIN, DNS_UNASKED,
	};
	struct world *w = *state;

	set(w, "value", "remote");
	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++) {
		w->d.mx_status = silent[i];
		refused(w, ERR_UNAVAILABLE, "nothing is changed");
	}
	w->d.mx_status = DNS_OK;
	w->d.answer_is_own = true;
	refused(w, ERR_UNAVAILABLE, "own zone");
}

static void a_gateway_is_left_alone_unless_the_admin_says_so(void **state)
{
	struct world *w = *state;

	w->host.name = "filter10.antispamcloud.com";
	w->host.kind = PROVIDER_GATEWAY;
	refused(w, ERR_DENIED, "gateway=yes");
	set(w, "gateway", "no");
	refused(w, ERR_DENIED, "gateway=yes");
	w->in.nparams = 0;
	set(w, "gateway", "yes");
	planned(w, "remote");
}

static void behind_a_gateway_a_domain_may_become_local(void **state)
{
	struct world *w = *state;

	lists(w, 0, 0, 0);
	w->host.name = "filter10.antispamcloud.com";
	w->host.kind = PROVIDER_GATEWAY;
	refused(w, ERR_DENIED, "value=local");
	set(w, "value", "local");
	planned(w, "local");
}

static void what_exim_sends_on_all_the_same_is_not_changed(void **state)
{
	struct world *w = *state;

	w->in.leaves_for = "mx.primary.example";
	refused(w, ERR_STALE, "hands its mail to mx.primary.example all the same");
}

/* This server is the second exchanger, the first is elsewhere. */
static void make_backup(struct world *w, struct mx records[2], struct mx_host *here)
{
	*here = (struct mx_host){ .name = "mail.here.example", .a = DNS_OK,
		.aaaa = DNS_NODATA, .ips = &w->ip, .nips = 1, .ours = true };
	records[0] = w->mx;
	records[1] = (struct mx){ 20, here };
	w->host.name = "mx.primary.example";
	w->host.kind = PROVIDER_UNKNOWN;
	w->d.mx = records;
	w->d.nmx = 2;
}

static void a_backup_that_keeps_mail_is_confirmed_like_mailboxes_elsewhere(void **state)
{
	struct world *w = *state;
	struct mx records[2];
	struct mx_host here;

	make_backup(w, records, &here);
	planned(w, "secondary");
	assert_null(w->plan.confirm);
	w->in.here.mailboxes = 1;
	w->in.here.messages = 3;
	planned(w, "secondary");
	assert_string_equal(w->plan.confirm, "d.example");
	w->in.leaves_for = "mx.primary.example";
	refused(w, ERR_STALE, "hands its mail to mx.primary.example all the same");
}

static void a_backup_that_refuses_mail_becomes_one(void **state)
{
	struct world *w = *state;
	struct mx records[2];
	struct mx_host here;

	make_backup(w, records, &here);
	lists(w, 0, 4, 0);
	w->more.mxcheck = "remote";
	w->in.leaves_for = "mx.primary.example";
	planned(w, "secondary");
	assert_null(w->plan.confirm);
}

static void mail_with_another_way_needs_the_word_before_it_stays_here(void **state)
{
	struct world *w = *state;

	lists(w, 0, 4, 0);
	w->host.ours = true;
	w->more.mxcheck = "remote";
	w->in.leaves_for = "mx.primary.example";
	planned(w, "local");
	assert_string_equal(w->plan.confirm, "d.example");
	assert_true(noted(w, "now hands mail for d.example to mx.primary.example"));
}

static void a_gateway_behind_a_contradiction_is_seen_too(void **state)
{
	struct world *w = *state;

	lists(w, 3, 4, 0);
	w->host.name = "mx.own-filter.example";
	w->host.kind = PROVIDER_UNKNOWN;
	w->more.arrivals.count = 1;
	refused(w, ERR_DENIED, "gateway");
}

static void lists_that_exim_does_not_read_are_not_changed(void **state)
{
	struct world *w = *state;

	w->f.exim.reads[LIST_LOCAL] = false;
	refused(w, ERR_DENIED, "/etc/localdomains");
	w->f.exim.reads[LIST_LOCAL] = true;
	w->f.exim.reads[LIST_SECONDARY] = false;
	planned(w, "remote");
	set(w, "value", "secondary");
	refused(w, ERR_DENIED, "/etc/secondarymx");
	w->f.source[SOURCE_EXIM] = (struct source_status){ SOURCE_FAILED, "exim: timed out" };
	refused(w, ERR_UNAVAILABLE, "timed out");
}

/* ---- away from local -------------------------------------------------- */

static void an_empty_silent_domain_needs_no_word(void **state)
{
	struct world *w = *state;

	planned(w, "remote");
	assert_null(w->plan.confirm);
	assert_true(noted(w, "No mailbox of d.example on this server holds a message"));
	assert_true(noted(w, "no mail for it from other servers since 2026-11-12 00:00 UTC"));
}

static void mail_that_lies_here_needs_the_word(void **state)
{
	struct world *w = *state;

	w->in.here.mailboxes = 2;
	w->in.here.messages = 41;
	planned(w, "remote");
	assert_string_equal(w->plan.confirm, "d.example");
	assert_true(noted(w, "2 mailboxes of d.example on this server hold 41 messages"));
}

static void a_foreign_arrival_needs_the_word(void **state)
{
	struct world *w = *state;

	w->more.arrivals = (struct arrivals){ .count = 3, .last = 1795132800,
		.last_host = "spammer.example [198.51.100.3]" };
	planned(w, "remote");
	assert_string_equal(w->plan.confirm, "d.example");
	assert_true(noted(w, "3 messages for it came from other servers, the last on 2026-11-20 00:00 UTC from spammer.example [198.51.100.3]"));
}

static void not_knowing_needs_the_word(void **state)
{
	struct world *w = *state;

	w->in.here = (struct mail_here){ .asked = true, .why = "UAPI timed out" };
	planned(w, "remote");
	assert_string_equal(w->plan.confirm, "d.example");
	assert_true(noted(w, "UAPI timed out"));
	w->in.here = (struct mail_here){ .asked = true, .known = true };
	w->f.source[SOURCE_LOG] = (struct source_status){ SOURCE_ABSENT, "no log" };
	planned(w, "remote");
	assert_string_equal(w->plan.confirm, "d.example");
	w->f.source[SOURCE_LOG].state = SOURCE_FAILED;
	planned(w, "remote");
	assert_string_equal(w->plan.confirm, "d.example");
}

static void towards_local_needs_no_word(void **state)
{
	struct world *w = *state;

	lists(w, 0, 4, 0);
	w->host.ours = true;
	w->more.mxcheck = "remote";
	w->in.here.messages = 9;
	planned(w, "local");
	assert_null(w->plan.confirm);
}

/* ---- the findings that offer it --------------------------------------- */

static const struct finding *only_finding(struct world *w, struct report *r)
{
	verdict_judge(&w->f, &w->d, &w->arena);
	report_init(r, &w->arena);
	checks_run(&w->f, NULL, r);
	assert_non_null(r->first);
	assert_null(r->first->next);
	assert_string_equal(r->first->subject, "d.example");
	return r->first;
}

static void every_routing_finding_stands_alone_and_offers_the_fix(void **state)
{
	struct world *w = *state;
	struct report r;

	assert_string_equal(only_finding(w, &r)->check->id, "routing_local_mx_elsewhere");
	assert_string_equal(only_finding(w, &r)->fix, "set_routing");
	lists(w, 3, 4, 0);
	assert_string_equal(only_finding(w, &r)->check->id, "routing_listed_twice");
	lists(w, 0, 0, 0);
	assert_string_equal(only_finding(w, &r)->check->id, "routing_unlisted");
	lists(w, 0, 4, 0);
	w->host.ours = true;
	assert_string_equal(only_finding(w, &r)->check->id, "routing_remote_mx_here");
	assert_int_equal(r.first->severity, SEV_CRITICAL);
	assert_string_equal(r.first->fix, "set_routing");
	w->d.mx_status = DNS_SERVFAIL;
	assert_string_equal(only_finding(w, &r)->check->id, "dns_unanswered");
	assert_int_equal(r.first->severity, SEV_UNKNOWN);
	assert_null(r.first->fix);
	w->d.mx_status = DNS_NXDOMAIN;
	assert_string_equal(only_finding(w, &r)->check->id, "domain_nxdomain");
	assert_null(r.first->fix);
}

static void a_swallowed_domain_is_critical_only_on_proof(void **state)
{
	struct world *w = *state;
	struct report r;

	w->host = (struct mx_host){ .name = "mx.else.example", .a = DNS_OK,
		.aaaa = DNS_NODATA, .ips = &w->ip, .nips = 1 };
	assert_int_equal(only_finding(w, &r)->severity, SEV_CRITICAL);
	w->f.log_from = w->f.log_to - 6 * 86400;
	assert_int_equal(only_finding(w, &r)->severity, SEV_WARNING);
	w->f.source[SOURCE_LOG].state = SOURCE_ABSENT;
	assert_int_equal(only_finding(w, &r)->severity, SEV_WARNING);
	w->host.kind = PROVIDER_MAILBOX;
	assert_int_equal(only_finding(w, &r)->severity, SEV_CRITICAL);
}

static void a_button_that_would_not_work_is_taken_off(void **state)
{
	struct world *w = *state;
	struct report r;

	w->d.whm_listed = false;
	assert_null(only_finding(w, &r)->fix);
	assert_non_null(strstr(r.first->advice, "Edit MX Entry"));
	w->d.whm_listed = true;
	w->f.exim.reads[LIST_LOCAL] = false;
	assert_null(only_finding(w, &r)->fix);
	assert_non_null(strstr(r.first->advice, "lsearch;/etc/localdomains"));
	w->f.exim.reads[LIST_LOCAL] = true;
	w->d.owner = NULL;
	assert_null(only_finding(w, &r)->fix);
}

static void a_gateway_is_for_information(void **state)
{
	struct world *w = *state;
	struct report r;

	w->more.arrivals.from_provider = true;
	w->more.arrivals.count = 1;
	assert_string_equal(only_finding(w, &r)->check->id, "routing_gateway");
	assert_int_equal(r.first->severity, SEV_INFO);
	assert_null(r.first->fix);
}

static void broken_lines_are_reported_and_lost_domains_named(void **state)
{
	struct line_fault faults[] = {
		{ LIST_LOCAL, 7, "d.example.", "the name ends in a dot" },
		{ LIST_LOCAL, 9, "*.example", "a pattern matches nothing" },
	};
	struct world *w = *state;
	struct report r;

	lists(w, 0, 0, 0);
	w->more.bad_line[LIST_LOCAL] = 7;
	w->more.bad_why[LIST_LOCAL] = "the name ends in a dot";
	w->f.faults = faults;
	w->f.nfaults = 2;
	w->host.ours = true;
	w->f.source[SOURCE_EXIM] = (struct source_status){ SOURCE_ABSENT, "not asked" };
	verdict_judge(&w->f, &w->d, &w->arena);
	report_init(&r, &w->arena);
	checks_run(&w->f, NULL, &r);
	assert_int_equal(r.count[SEV_CRITICAL], 1);
	assert_int_equal(r.count[SEV_WARNING], 1);
	assert_string_equal(r.first->id, "domain_lists_unreadable:d.example");
	assert_string_equal(r.first->next->id, "domain_lists_unreadable:/etc/localdomains");
	assert_null(r.first->next->next);
	assert_non_null(strstr(r.first->next->text, "2 lines"));
	/* Where it is known how Exim reads patterns, another check tells of them. */
	w->f.source[SOURCE_EXIM].state = SOURCE_OK;
	report_init(&r, &w->arena);
	checks_run(&w->f, NULL, &r);
	assert_non_null(strstr(r.first->next->text, "1 line "));
	assert_string_equal(r.first->next->next->id, "domain_list_wildcard:/etc/localdomains");
	assert_int_equal(r.first->next->next->severity, SEV_INFO);
}

static void an_unreadable_list_is_one_critical_finding(void **state)
{
	struct world *w = *state;
	struct report r;
	const char *const only[] = { "domain_lists_unreadable", NULL };

	w->f.list[LIST_LOCAL] = (struct file_fact){ .path = "/etc/localdomains",
		.state = SOURCE_FAILED, .why = "it is a FIFO" };
	w->f.source[SOURCE_DOMAINS] = (struct source_status){ SOURCE_FAILED, "it is a FIFO" };
	verdict_judge(&w->f, &w->d, &w->arena);
	report_init(&r, &w->arena);
	checks_run(&w->f, only, &r);
	assert_int_equal(r.count[SEV_CRITICAL], 1);
	assert_string_equal(r.first->id, "domain_lists_unreadable:/etc/localdomains");
	assert_string_equal(r.first->evidence->text, "it is a FIFO");
	assert_null(r.first->next);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mailboxes_elsewhere_become_remote),
		TEST(an_exchanger_that_is_ours_becomes_local),
		TEST(contradictions_follow_the_live_dns),
		TEST(an_unlisted_domain_goes_where_its_mail_goes),
		TEST(an_address_elsewhere_is_no_reason_to_move_mail),
		TEST(an_exchanger_that_only_its_own_network_reaches_is_no_reason_either),
		TEST(behind_an_undeclared_nat_nothing_is_moved_away),
		TEST(the_admin_may_choose_another_value),
		TEST(other_words_are_refused),
		TEST(a_domain_that_is_not_here_is_refused),
		TEST(what_cpanel_does_not_offer_is_refused),
		TEST(what_is_already_set_is_not_set_again),
		TEST(a_healthy_domain_is_left_alone),
		TEST(without_a_verdict_nothing_is_changed),
		TEST(a_gateway_is_left_alone_unless_the_admin_says_so),
		TEST(a_gateway_behind_a_contradiction_is_seen_too),
		TEST(behind_a_gateway_a_domain_may_become_local),
		TEST(what_exim_sends_on_all_the_same_is_not_changed),
		TEST(a_backup_that_keeps_mail_is_confirmed_like_mailboxes_elsewhere),
		TEST(a_backup_that_refuses_mail_becomes_one),
		TEST(mail_with_another_way_needs_the_word_before_it_stays_here),
		TEST(lists_that_exim_does_not_read_are_not_changed),
		TEST(an_empty_silent_domain_needs_no_word),
		TEST(mail_that_lies_here_needs_the_word),
		TEST(a_foreign_arrival_needs_the_word),
		TEST(not_knowing_needs_the_word),
		TEST(towards_local_needs_no_word),
		TEST(every_routing_finding_stands_alone_and_offers_the_fix),
		TEST(a_swallowed_domain_is_critical_only_on_proof),
		TEST(a_button_that_would_not_work_is_taken_off),
		TEST(a_gateway_is_for_information),
		TEST(broken_lines_are_reported_and_lost_domains_named),
		TEST(an_unreadable_list_is_one_critical_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
