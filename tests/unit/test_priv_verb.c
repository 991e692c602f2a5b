#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "priv/valid.h"
#include "priv/verb.h"

#define ANYBODY (WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT)

/* One good request a verb, and who may ask it: every widening shows here. */
static const struct row {
	const char *verb, *name, *expect, *value;
	bool fd;
	unsigned who;
} rows[] = {
	{ "ahead", "", "", "", false, WHO_SCAN },
	{ "as_ticket", "", "", "0123456789abcdef0123456789abcdef", false,
	  WHO_ADMIN_FRONT },
	{ "as_user", "", "192.0.2.1", "", true, WHO_USER_FRONT },
	{ "bulk", "set_routing", "", "", true, WHO_ROOT | WHO_ADMIN | WHO_RESELLER },
	{ "bulk_stop", "20261124-102030-0a1b2c", "", "", false,
	  WHO_ROOT | WHO_ADMIN | WHO_RESELLER },
	{ "cphulk", "brutes", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "exim_bh", "192.0.2.1 2001:db8::1 25 dovecot_plain a@example.com", "",
	  "<> b+c@example.com d@example.net", false, WHO_ROOT | WHO_SCAN },
	{ "exim_bp", "", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "exim_bt", "a.b+c@example.com", "", "d@example.com e@example.com", false, WHO_ROOT | WHO_SCAN },
	{ "exim_bv", "", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "exim_daemon", "", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "expire_trusted", "", "", "", false, WHO_ROOT | WHO_ADMIN_FRONT },
	{ "filter_rules", "ip6_legacy", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "filter_state", "alice", "", "a@example.com>b@example.net", false, WHO_ROOT | WHO_SCAN },
	{ "frozen", "", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "home_mail", "alice", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "job", "20261124-102030-0a1b2c", "", "", false,
	  WHO_ROOT | WHO_ADMIN_FRONT | WHO_ADMIN | WHO_RESELLER },
	{ "journal", "", "", "", false, WHO_ROOT | WHO_ADMIN_FRONT | ANYBODY },
	{ "keep", "20261124-102030-0a1b2c", "", "", false, WHO_ROOT | ANYBODY },
	{ "lift_restrictions", "server", "WHM off, CSF on", "WHM off, CSF off", false, WHO_ADMIN },
	{ "list_mxs", "alice", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "list_pops", "alice", "", "example.com", false, WHO_ROOT | WHO_SCAN },
	{ "listening", "", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "local_authority", "alice", "", "example.com", false, WHO_ROOT | WHO_SCAN },
	{ "mailbox_status", "alice", "", "a@example.com", false, WHO_ROOT | WHO_SCAN },
	{ "mx_records", "alice", "", "example.com", false, WHO_ROOT | WHO_SCAN },
	{ "my_facts", "", "", "", false, WHO_ACCOUNT },
	{ "my_scan", "", "", "", false, WHO_ACCOUNT },
	{ "open_file", "localdomains", "", "", false, WHO_ROOT | WHO_SCAN },
	{ "probe_out", "192.0.2.1,2001:db8::1", "", "25,443 alice", false,
	  WHO_ROOT | WHO_SCAN },
	{ "program", "alice", "", "/home/alice/bin/vacation", false, WHO_ROOT | WHO_SCAN },
	{ "reload_exim", "server", "old", "new", false, WHO_ROOT | WHO_ADMIN },
	{ "remove_frozen", "1xVkoU-00003j-0q",
	  "frozen 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef a@example.com",
	  "removed", false, WHO_ROOT | WHO_ADMIN },
	{ "set_csf_port", "465 out", "closed", "open", false, WHO_ROOT | WHO_ADMIN },
	{ "set_csf_user", "alice", "restricted", "exempt", false, WHO_ROOT | WHO_ADMIN },
	{ "set_default_address", "example.com", "a@example.net", ":fail:", false,
	  WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT },
	{ "set_domain_forward", "example.com", "example.net", "none", false,
	  WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT },
	{ "set_filter", "a@example.com>b@example.net", "enabled 0123456789abcdef",
	  "disabled 0123456789abcdef", false, WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT },
	{ "set_firewalld_port", "25 in public", "closed", "open until firewall-cmd --reload", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "set_forwarder", "a@example.com", "b@example.net", "none", false,
	  WHO_ROOT | WHO_ADMIN | WHO_RESELLER | WHO_ACCOUNT },
	{ "set_manual_mx", "example.com", "mx.example.net", "none", false,
	  WHO_ROOT | WHO_ADMIN | WHO_RESELLER },
	{ "set_mx", "example.com", "none", "10 mx.example.com ttl 300", false,
	  WHO_ROOT | WHO_ADMIN | WHO_RESELLER },
	{ "set_own", "gateway:filter.example.net", "absent", "Our filter", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "set_relay_net", "trustedmailhosts:192.0.2.0/24", "3:192.0.2.0/24 # office", "absent",
	  false, WHO_ROOT | WHO_ADMIN },
	{ "set_restrictions", "server", "WHM half on, CSF off", "WHM off, CSF on", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "set_routing", "example.com", "local", "remote", false, WHO_ROOT | ANYBODY },
	{ "start_listener", "26/IPv4", "not listening", "listening", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "ticket", "root", "2001:db8::1", "admin.cgi", false, WHO_ROOT },
	{ "trust_address", "trustedmailhosts:192.0.2.1", "absent", "until 2026-12-28", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "unblock_black", "192.0.2.1", "listed", "not listed", false, WHO_ROOT | WHO_ADMIN },
	{ "unblock_deny", "2001:db8::1", "line 12: 2001:db8::1 # why", "not listed", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "unblock_hulk", "192.0.2.1", "listed", "not listed", false, WHO_ROOT | WHO_ADMIN },
	{ "unblock_included", "192.0.2.1", "/etc/csf/more.deny: line 2: 192.0.2.1 # why", "not listed",
	  false, WHO_ROOT | WHO_ADMIN },
	{ "unblock_spammers", "192.0.2.1", "line 1: 192.0.2.1", "not listed", false,
	  WHO_ROOT | WHO_ADMIN },
	{ "unblock_temporary", "192.0.2.1", "line 1: 5|192.0.2.1|*|in|60|why", "not listed",
	  false, WHO_ROOT | WHO_ADMIN },
	{ "undo", "20261124-102030-0a1b2c", "", "", false, WHO_ROOT | ANYBODY },
};

#define NROWS (sizeof(rows) / sizeof(*rows))

static struct priv_request request_of(const struct row *r)
{
	struct priv_request q = { .version = PRIV_VERSION };

	snprintf(q.verb, sizeof(q.verb), "%s", r->verb);
	snprintf(q.name, sizeof(q.name), "%s", r->name);
	snprintf(q.expect, sizeof(q.expect), "%s", r->expect);
	snprintf(q.value, sizeof(q.value), "%s", r->value);
	return q;
}

static enum errcode refusal(const struct priv_request *q, size_t n,
			    enum who who, bool fd)
{
	struct err e = { .code = ERR_NONE, .text = "" };
	const struct verb *v = verb_for(q, n, who, fd, &e);

	assert_true(v ? e.code == ERR_NONE : *e.text);
	return e.code;
}

static void a_verb_is_for_those_its_row_names_and_nobody_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < NROWS; i++) {
		struct priv_request q = request_of(&rows[i]);

		for (unsigned who = 1; who <= WHO_ACCOUNT; who <<= 1)
			assert_int_equal(refusal(&q, sizeof(q), (enum who)who,
						 rows[i].fd),
					 rows[i].who & who ? ERR_NONE : ERR_DENIED);
		assert_int_equal(refusal(&q, sizeof(q), WHO_NOBODY, rows[i].fd),
				 ERR_DENIED);
	}
}

static void every_verb_has_its_row_here(void **state)
{
	static const char *const names[] = {
#define X(name) #name,
#include "verbs.inc"
#undef X
	};

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(*names), NROWS);
	for (size_t i = 0; i < NROWS; i++)
		assert_string_equal(names[i], rows[i].verb);
}

static void a_descriptor_too_many_or_too_few_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NROWS; i++) {
		struct priv_request q = request_of(&rows[i]);
		unsigned who = rows[i].who & (0u - rows[i].who);

		assert_int_equal(refusal(&q, sizeof(q), (enum who)who, !rows[i].fd),
				 ERR_INPUT);
	}
}

static void bytes_behind_a_string_are_refused(void **state)
{
	static const size_t ends[] = {
		offsetof(struct priv_request, name),
		offsetof(struct priv_request, expect),
		offsetof(struct priv_request, value), sizeof(struct priv_request)
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct priv_request q = request_of(&rows[2]);

		((char *)&q)[ends[i] - 1] = 'x';
		assert_int_equal(refusal(&q, sizeof(q), WHO_ROOT, false), ERR_INPUT);
	}
}

static void a_request_of_another_size_or_version_is_refused(void **state)
{
	struct priv_request q = request_of(&rows[NROWS - 1]);

	(void)state;
	for (size_t n = 0; n < sizeof(q) + 2; n++)
		assert_int_equal(refusal(&q, n, WHO_ROOT, false),
				 n == sizeof(q) ? ERR_NONE : ERR_INPUT);
	q.version++;
	assert_int_equal(refusal(&q, sizeof(q), WHO_ROOT, false), ERR_INPUT);
}

static void hold(bool (*valid)(const char *), const char *const *good,
		 const char *const *bad)
{
	for (; *good; good++)
		if (!valid(*good))
			fail_msg("'%s' is good", *good);
	for (; *bad; bad++)
		if (valid(*bad))
			fail_msg("'%s' is bad", *bad);
}

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }

static void arguments_are_what_their_validators_say(void **state)
{
	(void)state;
	hold(valid_domain, LIST("example.com", "_x.a-b.example"),
	     LIST("", "com", "Example.com", "*.example.com", "example.com.", ".a.b",
		  "-a.example", "a b.example", "a\n.example", "a/b.example"));
	hold(valid_login, LIST("root", "rita", "team.user@example.com"),
	     LIST("", "a b", "a\nb", "a/b", "é", "a=b",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	hold(valid_mxcheck, LIST("auto", "local", "secondary", "remote"),
	     LIST("", "Auto", "backup", "auto ", "local\n"));
	hold(valid_whm_door, LIST("admin.cgi", "reseller.cgi"),
	     LIST("", "index.live.cgi", "admin.cgi/"));
	hold(valid_change, LIST("20261124-102030-0a1b2c"),
	     LIST("", "20261124-102030-0A1B2C", "20261124-102030-0a1b2", "../etc/passwd",
		  "20261124-102030-0a1b2c0", "20261124_102030-0a1b2c"));
	hold(valid_client, LIST("", "192.0.2.1", "2001:db8::1"),
	     LIST("localhost", "192.0.2.1:80", "192.0.2.1 ", "fe80::1%eth0"));
	hold(valid_mail_address, LIST("a@example.com", "o'neil+x=y#z@example.com"),
	     LIST("", "a", "@example.com", "a@", "a@b@example.com", "a b@example.com",
		  "${x}@example.com", "|x@example.com", "\"a\"@example.com", "a`@example.com",
		  "/etc/passwd@example.com", "a@exam ple.com", "-be"));
	hold(valid_mail_addresses, LIST("", "a@example.com", "a@example.com b@example.org"),
	     LIST(" ", "a@example.com ", " a@example.com", "a@example.com  b@example.com",
		  "a@example.com -be", "a@example.com\tb@example.com", "a@example.com ${x}@example.com"));
	hold(valid_ticket, LIST("0123456789abcdef0123456789abcdef"),
	     LIST("", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef",
		  "../3456789abcdef0123456789abcdef"));
	hold(valid_targets, LIST("192.0.2.1", "2001:db8::1", "192.0.2.1,198.51.100.1",
				 "192.0.2.1,2001:db8::1,198.51.100.1,2001:db8::2"),
	     LIST("", ",", "192.0.2.1,", ",192.0.2.1", "192.0.2.1,,192.0.2.2",
		  "192.0.2.1, 192.0.2.2", "192.0.2.1 ", "mx.example.com", "192.0.2",
		  "0.0.0.0/0", "192.0.2.1/32", "192.0.2.1:25", "[2001:db8::1]",
		  "2001:db8::1%eth0", "fe80::1%eth0", "0.0.0.0", "::", "127.0.0.1",
		  "::1", "::ffff:127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1",
		  "100.64.0.1", "169.254.1.1", "fe80::1", "fc00::1", "224.0.0.1",
		  "255.255.255.255", "ff02::1", "192.0.2.1,192.0.2.1",
		  "192.0.2.1,::ffff:192.0.2.1", "192.0.2.1,192.0.2.2,192.0.2.3",
		  "2001:db8::1,2001:db8::2,2001:db8::3", "192.0.2.1\n192.0.2.2"));
	hold(valid_probe, LIST("25", "25,465,587,2525,443", "587,25", "25 alice",
			       "25,443 a_b-c"),
	     LIST("", " ", ",", "25,", ",25", "25,25", "22", "25,22", "025", "+25", "25 ",
		  " 25", "25  alice", "25 Alice", "25 ../alice", "25 alice bob",
		  "25,465,587,2525,443,25", "25\nalice", "25 --user=root",
		  "25 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verb_is_for_those_its_row_names_and_nobody_else),
		cmocka_unit_test(every_verb_has_its_row_here),
		cmocka_unit_test(a_descriptor_too_many_or_too_few_is_refused),
		cmocka_unit_test(bytes_behind_a_string_are_refused),
		cmocka_unit_test(a_request_of_another_size_or_version_is_refused),
		cmocka_unit_test(arguments_are_what_their_validators_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
