#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mail/csf_conf.h"
#include "mail/iptables_save.h"
#include "mail/ways_in.h"
#include "sources/bans.h"

#define ADMIN "203.0.113.77"
#define CONF(in) "TCP_IN = \"" in "\"\nTCP_OUT = \"25\"\nTCP6_IN = \"22,2087\"\nTCP6_OUT = \"\"\nIPV6 = \"1\"\n"
#define RULES(rules) "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n" rules "COMMIT\n"
#define OPEN "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 2087 -j ACCEPT\n" \
	"-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\n"

struct server {
	struct arena a;
	struct facts f;
	struct ip own;
	struct ban_reader r;
};

static struct facts *server(struct server *s, const char *conf, const char *rules,
			    const char *deny, const char *allow)
{
	memset(s, 0, sizeof(*s));
	assert_true(ip_parse(&s->own, "203.0.113.10"));
	s->f.own = &s->own;
	s->f.nown = 1;
	s->f.source[SOURCE_CSF].state = s->f.source[SOURCE_FIREWALL].state = SOURCE_OK;
	assert_int_equal(csf_conf_read(slice_of(conf), &s->a, &s->f.blocking.csf), 0);
	s->f.blocking.rules.tail = &s->f.blocking.rules.chains;
	iptables_save_read(slice_of(rules), FW_V4, &s->a, &s->f.blocking.rules);
	s->r.arena = &s->a;
	s->r.list = BAN_CSF_DENY;
	ban_list_read(&s->r, slice_of(deny), 1795500000);
	s->r.list = BAN_CSF_ALLOW;
	ban_list_read(&s->r, slice_of(allow), 1795500000);
	bans_settle(s->r.bans, s->r.n, &s->a, &s->f.blocking.bans);
	return &s->f;
}

static unsigned closes(const char *conf, const char *rules)
{
	struct server s;
	unsigned port = ways_in_csf_closes(server(&s, conf, rules, "", ""));

	arena_clear(&s.a);
	return port;
}

static unsigned closes_to(const char *conf, const char *rules, const char *deny,
			  const char *allow)
{
	struct server s;
	struct ip from;
	unsigned port;

	assert_true(ip_parse(&from, ADMIN));
	port = ways_in_csf_closes_to(server(&s, conf, rules, deny, allow), &from);
	arena_clear(&s.a);
	return port;
}

static void what_is_open_and_not_in_csf_conf_would_be_closed(void **state)
{
	(void)state;
	assert_int_equal(closes(CONF("22,25,2087"), RULES(OPEN)), 0);
	assert_int_equal(closes(CONF("22,25"), RULES(OPEN)), 2087);
	assert_int_equal(closes(CONF("25,2087"), RULES(OPEN)), 22);
	assert_int_equal(closes(CONF("20:30,2080:2090"), RULES(OPEN)), 0);
	/* Closed now as well: nothing is lost. */
	assert_int_equal(closes(CONF("25"), RULES("-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\n")), 0);
}

static void an_address_is_shut_out_by_a_ban_or_a_port_that_lets_in_only_others(void **state)
{
	const char *all = CONF("22,25,2087");

	(void)state;
	assert_int_equal(closes_to(all, RULES(OPEN), "", ""), 0);
	assert_int_equal(closes_to(all, RULES(OPEN), ADMIN " # do not delete\n", ""), 2087);
	assert_int_equal(closes_to(all, RULES(OPEN), "203.0.113.64/26\n", ""), 2087);
	assert_int_equal(closes_to(all, RULES(OPEN), "198.51.100.1\n", ""), 0);
	assert_int_equal(closes_to(all, RULES(OPEN), ADMIN "\n", ADMIN "\n"), 0);
	assert_int_equal(closes_to(CONF("22,25"), RULES(OPEN), "", ""), 2087);
	assert_int_equal(closes_to(CONF("22,25"), RULES(OPEN), "", ADMIN "\n"), 0);
	assert_int_equal(closes_to(CONF("22,25"), RULES("-A INPUT -s " ADMIN "/32 -j ACCEPT\n"), "", ""), 2087);
	assert_int_equal(closes_to(CONF("25"), RULES(""), ADMIN "\n", ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_open_and_not_in_csf_conf_would_be_closed),
		cmocka_unit_test(an_address_is_shut_out_by_a_ban_or_a_port_that_lets_in_only_others),
	};

	return cmocka_run_group_tests_name("ways_in", tests, NULL, NULL);
}
