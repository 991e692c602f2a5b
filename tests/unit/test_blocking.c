#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/account_log.h"
#include "mail/address_look.h"
#include "mail/ban_view.h"
#include "mail/restrictions.h"
#include "mail/iptables_save.h"
#include "mail/csf_conf.h"
#include "sources/bans.h"

/* ---- settings ----------------------------------------------------------- */

static void settings_are_read_as_perl_reads_them(void **state)
{
	static const struct slice text = { NULL, 0 };
	struct slice value, conf = slice_of("# A = \"9\"\nA = \"1\"\n B=\" x \"\nC=\nD\nA=\"2\"\r\nE=\"\n");

	(void)state;
	assert_true(config_get(conf, "A", &value) && slice_eq(value, "2"));
	assert_true(config_get(conf, "B", &value) && slice_eq(value, " x "));
	assert_true(config_get(conf, "C", &value) && slice_eq(value, ""));
	assert_true(config_get(conf, "D", &value) && slice_eq(value, ""));
	assert_true(config_get(conf, "E", &value) && slice_eq(value, "\""));
	assert_false(config_get(conf, "F", &value));
	assert_false(config_get(text, "A", &value));
	assert_int_equal(config_flag(conf, "A", 0), 1);
	assert_int_equal(config_flag(conf, "B", 1), 0);
	assert_int_equal(config_flag(conf, "F", 1), 1);
}

static void port_lists_have_ranges_and_say_what_they_do_not_know(void **state)
{
	struct arena a = ARENA_INIT;
	struct port_list l;

	(void)state;
	port_list_read(slice_of("20, 25,30000:35000,"), ':', &a, &l);
	assert_true(l.known && port_listed(&l, 25) && port_listed(&l, 30001));
	assert_false(port_listed(&l, 26) || port_listed(&l, 35001));
	port_list_read(slice_of("25,http"), ':', &a, &l);
	assert_true(!l.known && port_listed(&l, 25));
	port_list_read(slice_of("25,70000"), ':', &a, &l);
	assert_false(l.known);
	port_list_read(slice_of(""), ':', &a, &l);
	assert_true(l.known && !l.n);
	arena_clear(&a);
}

static void a_file_without_the_main_keys_is_no_csf_conf(void **state)
{
	struct csf_facts csf = { .allow_users = NULL };
	struct arena a = ARENA_INIT;

	(void)state;
	assert_int_equal(csf_conf_read(slice_of("TCP_IN = \"25\"\n"), &a, &csf), -1);
	assert_int_equal(csf_conf_read(slice_of("TCP_IN = \"25\"\nTCP_OUT = \"\"\nSMTP_ALLOWUSER = \"a\x1b\"\n"),
				       &a, &csf), 0);
	assert_string_equal(csf.allow_users, "a\\x1b");
	assert_false(csf.ports[CSF_TCP6_OUT].known || csf.smtp_block);
	arena_clear(&a);
}

/* ---- lists -------------------------------------------------------------- */

struct lists {
	struct arena a;
	struct ban_reader r;
	struct facts f;
};

static void take(struct lists *l, enum ban_list list, const char *text)
{
	l->r.arena = &l->a;
	l->r.list = list;
	ban_list_read(&l->r, slice_of(text), 1795500000);
	bans_settle(l->r.bans, l->r.n, &l->a, &l->f.blocking.bans);
}

static struct ban_verdict judge(struct lists *l, const char *address)
{
	struct ban_verdict v;
	struct ip ip;

	assert_true(ip_parse(&ip, address));
	ban_judge(&l->f, &ip, &v);
	return v;
}

static void with_csf(struct lists *l, bool disabled)
{
	memset(l, 0, sizeof(*l));
	l->f.source[SOURCE_CSF].state = SOURCE_OK;
	l->f.blocking.csf.disabled = disabled;
}

static void an_entry_tells_why_and_since_when(void **state)
{
	struct lists l;
	const struct ban *b;

	(void)state;
	with_csf(&l, false);
	take(&l, BAN_CSF_DENY, "\n192.0.2.1 # lfd: (smtpauth) 5 fails - Tue Nov 24 07:42:33 2026\n"
	     "192.0.2.2 # by hand - never\n");
	b = judge(&l, "192.0.2.1").blocks;
	assert_string_equal(b->text, "lfd: (smtpauth) 5 fails");
	assert_string_equal(b->since, "Tue Nov 24 07:42:33 2026");
	assert_int_equal(b->line, 2);
	b = judge(&l, "192.0.2.2").blocks;
	assert_string_equal(b->text, "by hand - never");
	assert_null(b->since);
	arena_clear(&l.a);
}

static void only_what_keeps_mail_out_blocks(void **state)
{
	struct lists l;

	(void)state;
	with_csf(&l, false);
	take(&l, BAN_CSF_DENY, "tcp|in|d=22|s=192.0.2.1\ntcp|in|d=25,465|s=192.0.2.2\n"
	     "tcp|out|d=25|d=192.0.2.3\ntcp|in|d=20_30|s=192.0.2.4\n192.0.2.64/26\n");
	assert_null(judge(&l, "192.0.2.1").blocks);
	assert_non_null(judge(&l, "192.0.2.2").blocks);
	assert_null(judge(&l, "192.0.2.3").blocks);
	assert_non_null(judge(&l, "192.0.2.4").blocks);
	assert_non_null(judge(&l, "192.0.2.127").blocks);
	assert_null(judge(&l, "192.0.2.128").blocks);
	assert_int_equal(judge(&l, "192.0.2.1").nall, 1);
	arena_clear(&l.a);
}

static void what_lets_through_goes_first_and_a_csf_that_is_off_counts_not(void **state)
{
	struct lists l;

	(void)state;
	with_csf(&l, false);
	take(&l, BAN_CSF_DENY, "192.0.2.1\n192.0.2.2\n");
	take(&l, BAN_CSF_ALLOW, "192.0.2.0/31\ntcp|in|d=22|s=192.0.2.2\n");
	take(&l, BAN_SPAMMERS, "192.0.2.1 # Exim's own\n");
	assert_int_equal(judge(&l, "192.0.2.1").blocks->list, BAN_SPAMMERS);
	assert_int_equal(judge(&l, "192.0.2.1").lets->list, BAN_CSF_ALLOW);
	assert_int_equal(judge(&l, "192.0.2.2").blocks->list, BAN_CSF_DENY);
	l.f.blocking.csf.disabled = true;
	assert_null(judge(&l, "192.0.2.2").blocks);
	assert_true(judge(&l, "192.0.2.2").csf_off);
	arena_clear(&l.a);
}

static void a_temporary_ban_ends(void **state)
{
	struct lists l;

	(void)state;
	with_csf(&l, false);
	take(&l, BAN_CSF_TEMPBAN, "1795499000|192.0.2.1|*|in|3600|lfd\n1795400000|192.0.2.2|*|in|3600|lfd\n"
	     "1795499000|192.0.2.3|22|in|3600|ssh\n");
	assert_string_equal(judge(&l, "192.0.2.1").blocks->until, "2026-11-24 06:43 UTC");
	assert_null(judge(&l, "192.0.2.2").blocks);
	assert_int_equal(judge(&l, "192.0.2.2").nall, 0);
	assert_null(judge(&l, "192.0.2.3").blocks);
	arena_clear(&l.a);
}

static void what_is_no_entry_is_counted_not_taken(void **state)
{
	struct lists l;

	(void)state;
	with_csf(&l, false);
	take(&l, BAN_CSF_DENY, "0.0.0.0/0/0\nhost.example\nfe80::1%eth0\n192.0.2.1/33\n"
	     "tcp|in|x=1|s=192.0.2.1\ntcp|in|d=25\nInclude /etc/csf/more.deny\n\xff\xfe\n");
	assert_int_equal(l.r.n, 0);
	assert_int_equal(l.r.odd, 7);
	assert_int_equal(l.r.includes, 1);
	arena_clear(&l.a);
}

static void cphulk_replies_are_read_in_every_shape(void **state)
{
	static const struct { const char *text; int rc; size_t n; } replies[] = {
		{ "{\"metadata\":{\"result\":1},\"data\":{\"brutes\":[{\"ip\":\"192.0.2.1\",\"timeleft\":5}]}}", 0, 1 },
		{ "{\"metadata\":{\"result\":\"1\"},\"data\":{\"brutes\":null}}", 0, 0 },
		{ "{\"metadata\":{\"result\":1}}", 0, 0 },
		{ "{\"metadata\":{\"result\":1},\"data\":{\"ips_in_list\":{\"192.0.2.0/24\":\"office\",\"x\":\"\"}}}", 0, 1 },
		{ "{\"metadata\":{\"result\":1},\"data\":{\"ips_in_list\":[\"192.0.2.1\",{\"ip\":\"192.0.2.2\",\"comment\":\"c\"},7]}}", 0, 2 },
		{ "{\"metadata\":{\"result\":0,\"reason\":\"cPHulk is disabled on the server.\"}}", 1, 0 },
		{ "{\"metadata\":{\"result\":0,\"reason\":\"Access denied\"}}", -1, 0 },
		{ "<html>", -1, 0 }, { "[]", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		struct arena a = ARENA_INIT;
		struct ban_reader r = { .arena = &a, .list = BAN_HULK_BRUTE };
		struct err e;

		assert_int_equal(hulk_read(&r, slice_of(replies[i].text), &e), replies[i].rc);
		assert_int_equal(r.n, replies[i].n);
		arena_clear(&a);
	}
}

/* ---- the mail log ------------------------------------------------------- */

static void clients_and_limits_are_ours_only_in_their_own_place(void **state)
{
	static const char *const lines[] = {
		"2026-11-24 05:00:00 1vN001-00000001abC-0aBc <= u@shop.example H=(pc) [192.0.2.1] P=esmtpsa A=dovecot_login:u S=9",
		/* A HELO that holds another address and A=. */
		"2026-11-24 05:00:00 1vN002-00000001abC-0aBc <= u@shop.example H=([192.0.2.2] A=x:y) [192.0.2.3] P=esmtp S=9",
		"2026-11-24 05:00:00 1vN003-00000001abC-0aBc <= u@shop.example H=localhost [127.0.0.1] P=esmtpa A=x:u S=9",
		"2026-11-24 05:00:00 1vN004-00000001abC-0aBc ** b@far.example R=enforce_mail_permissions : Domain shop.example has exceeded the max emails per hour (3/2 (150%)) allowed.  Message discarded.",
		"2026-11-24 05:00:00 1vN005-00000001abC-0aBc ** b@far.example R=enforce_mail_permissions : Domain other.example has exceeded the max emails per hour (3/2 (150%)) allowed.  Message discarded.",
		"2026-11-24 05:00:00 1vN006-00000001abC-0aBc ** b@far.example R=lookuphost T=remote_smtp: Domain shop.example has exceeded the max defers and failures per hour (3/2) allowed.",
		"2026-11-22 05:00:00 1vN007-00000001abC-0aBc ** b@far.example R=enforce_mail_permissions : Domain shop.example has exceeded the max defers and failures per hour (5/5 (100%)) allowed.  Message discarded.",
	};
	struct domain d = { .name = "shop.example" };
	struct facts f = { .now = 1795500000, .domains = &d, .ndomains = 1 };
	struct arena a = ARENA_INIT;
	struct account_look *l = account_look_new(&f, &a, NULL);
	char text[IP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		account_look_line(l, slice_of(lines[i]));
	account_look_end(l);
	assert_int_equal(f.blocking.nclients, 1);
	assert_string_equal(ip_text(text, &f.blocking.clients[0].ip), "192.0.2.1");
	assert_string_equal(f.blocking.clients[0].who, "dovecot_login:u");
	assert_int_equal(f.blocking.nlimits, 1);
	assert_int_equal(f.blocking.limits[0].kind, LIMIT_HOURLY);
	assert_int_equal(f.blocking.limits[0].discarded, 1);
	arena_clear(&a);
}

/* ---- users -------------------------------------------------------------- */

static void accounts_are_told_apart_as_the_rules_do(void **state)
{
	struct system_user users[] = {
		{ "a", 1001, 100 }, { "b", 1002, 100 }, { "c", 1003, 100 },
	};
	struct domain domains[] = {
		{ .name = "a.example", .owner = "a" }, { .name = "b.example", .owner = "b" },
		{ .name = "b2.example", .owner = "b" }, { .name = "c.example", .owner = "c" },
		{ .name = "d.example", .owner = "nobody-known" },
	};
	struct facts f = { .domains = domains, .ndomains = 5,
		.blocking = { .users = users, .nusers = 3 } };
	struct user_class classes[USER_CLASSES_MAX];
	struct arena a = ARENA_INIT;
	struct fw_answer x;

	(void)state;
	ruleset_init(&f.blocking.rules);
	iptables_save_read(SLICE("*filter\n:OUTPUT ACCEPT [0:0]\n"
		"-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 1002 -j ACCEPT\n"
		"-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 1000-1999 -j DROP\nCOMMIT\n"),
		FW_V4, &a, &f.blocking.rules);
	ruleset_link(&f.blocking.rules);
	assert_int_equal(account_classes(&f, &a, classes), 2);
	assert_string_equal(class_text(&classes[0], &a), "a and 1 more accounts");
	assert_string_equal(class_text(&classes[1], &a), "b");
	filter_out(&f, &classes[0], 4, 25, &x);
	assert_int_equal(x.verdict, FW_V_DROPPED);
	filter_out(&f, &classes[1], 4, 25, &x);
	assert_int_equal(x.verdict, FW_V_ACCEPTED);
	f.ndomains = 0;
	assert_int_equal(account_classes(&f, &a, classes), 1);
	assert_string_equal(class_text(&classes[0], &a), "any other user");
	arena_clear(&a);
}

static void an_included_entry_is_of_its_own_file_and_has_a_button_beneath_etc_csf(void **state)
{
	struct lists l;
	struct ban_verdict v;

	(void)state;
	with_csf(&l, false);
	l.r.arena = &l.a;
	l.r.list = BAN_CSF_DENY;
	ban_list_read_included(&l.r, slice_of("192.0.2.9\nInclude /etc/csf/a\n\n192.0.2.1 # one\n"
		"Include! /etc/csf/gone\nInclude /var/lib/b\n192.0.2.2\n192.0.2.64/26\n"), 1795500000);
	bans_settle(l.r.bans, l.r.n, &l.a, &l.f.blocking.bans);
	assert_int_equal(l.r.n, 3);
	assert_int_equal(l.r.includes, 1);
	v = judge(&l, "192.0.2.1");
	assert_string_equal(v.blocks->file, "/etc/csf/a");
	assert_int_equal(v.blocks->line, 2);
	assert_string_equal(ban_verb(v.blocks), "unblock_included");
	v = judge(&l, "192.0.2.2");
	assert_string_equal(v.blocks->file, "/var/lib/b");
	assert_null(ban_verb(v.blocks));
	assert_string_equal(ban_advice(&l.a, v.blocks),
		"It is line 1 of /var/lib/b, which /etc/csf/csf.deny includes and csf -dr leaves alone. "
		"Take the line out there: sed -i.bak '1{/192\\.0\\.2\\.2/d}' /var/lib/b – and then load the "
		"rules anew: csf -r (WHM's own SMTP Restrictions go with the old rules).");
	v = judge(&l, "192.0.2.65");
	assert_null(ban_verb(v.blocks));
	arena_clear(&l.a);
}

/* ---- countries ----------------------------------------------------------- */

static enum address_state country(const char *deny, const char *only, bool rules)
{
	struct lists l;
	struct address_look look;
	struct ip ip;

	with_csf(&l, false);
	ruleset_init(&l.f.blocking.rules);
	l.f.blocking.csf.cc_deny = deny;
	l.f.blocking.csf.cc_allow_filter = only;
	l.f.source[SOURCE_FIREWALL].state = rules ? SOURCE_OK : SOURCE_ABSENT;
	assert_true(ip_parse(&ip, "203.0.113.5"));
	address_judge(&l.f, &ip, &l.a, &look);
	assert_true(look.state == ADDRESS_FREE || strstr(look.why, "CC_"));
	arena_clear(&l.a);
	return look.state;
}

static void a_countrys_list_makes_it_unknown_unless_the_rules_tell(void **state)
{
	(void)state;
	assert_int_equal(country("XX,YY", "", false), ADDRESS_UNKNOWN);
	assert_int_equal(country("", "XX", false), ADDRESS_UNKNOWN);
	assert_int_equal(country("", NULL, false), ADDRESS_FREE);
	assert_int_equal(country("XX", "", true), ADDRESS_FREE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_read_as_perl_reads_them),
		cmocka_unit_test(port_lists_have_ranges_and_say_what_they_do_not_know),
		cmocka_unit_test(a_file_without_the_main_keys_is_no_csf_conf),
		cmocka_unit_test(an_entry_tells_why_and_since_when),
		cmocka_unit_test(only_what_keeps_mail_out_blocks),
		cmocka_unit_test(what_lets_through_goes_first_and_a_csf_that_is_off_counts_not),
		cmocka_unit_test(a_temporary_ban_ends),
		cmocka_unit_test(an_included_entry_is_of_its_own_file_and_has_a_button_beneath_etc_csf),
		cmocka_unit_test(a_countrys_list_makes_it_unknown_unless_the_rules_tell),
		cmocka_unit_test(what_is_no_entry_is_counted_not_taken),
		cmocka_unit_test(cphulk_replies_are_read_in_every_shape),
		cmocka_unit_test(clients_and_limits_are_ours_only_in_their_own_place),
		cmocka_unit_test(accounts_are_told_apart_as_the_rules_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
