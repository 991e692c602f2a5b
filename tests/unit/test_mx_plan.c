#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/fix.h"
#include "core/zone.h"
#include "mail/manual_plan.h"

/* A domain whose zone is kept here, delegated here and served, without an MX or
 * with a dead one; each test breaks one of these. */
struct scene {
	struct arena arena;
	struct facts f;
	struct domain d;
	struct domain_more more;
	struct zone zone;
	struct name_server servers[2];
	struct mx_host here, dead, implicit;
	struct mx mx[1];
	struct mx_record records[1];
	struct ip ip[2];
	struct finding x;
	struct fix_input in;
	struct param params[3];
	struct plan plan;
	struct manual_route route;
	struct mx_host *hosts[1];
};

static void say_mx(struct scene *s, struct mx_set *set)
{
	*set = (struct mx_set){ .status = s->d.nmx ? DNS_OK : DNS_NODATA,
		.records = s->records, .n = s->d.nmx, .apex = "shop.example", .serial = 7 };
}

static void set(struct scene *s, const char *name, const char *value)
{
	s->params[s->in.nparams++] = (struct param){ name, value };
}

static void make(struct scene *s, const char *dead)
{
	memset(s, 0, sizeof(*s));
	assert_true(ip_parse(&s->ip[0], "203.0.113.10"));
	assert_true(ip_parse(&s->ip[1], "10.0.0.1"));
	s->here = (struct mx_host){ .name = "mail.shop.example", .a = DNS_OK,
		.aaaa = DNS_NODATA, .ips = s->ip, .nips = 1, .ours = true };
	s->dead = (struct mx_host){ .name = dead, .a = DNS_NXDOMAIN, .aaaa = DNS_NXDOMAIN };
	s->mx[0] = (struct mx){ 20, &s->dead };
	s->records[0] = (struct mx_record){ 20, dead };
	s->d = (struct domain){ .name = "shop.example", .owner = "shop", .line = { 3, 0, 0 },
		.mx_status = dead ? DNS_OK : DNS_NODATA, .mx = s->mx, .nmx = dead ? 1 : 0,
		.more = &s->more, .routing = ROUTING_OK,
		.implicit = dead ? NULL : &s->here };
	s->more = (struct domain_more){ .mxcheck = "local", .detected = "local",
		.zone = &s->zone };
	s->servers[0] = (struct name_server){ .name = "ns1.host.example", .ours = true,
		.state = SERVER_ANSWERS };
	s->servers[1] = (struct name_server){ .name = "ns2.host.example",
		.state = SERVER_ANSWERS };
	s->zone = (struct zone){ .servers = s->servers, .nservers = 2,
		.keeper = "host.example", .delegated_here = true };
	say_mx(s, &s->servers[0].says);
	say_mx(s, &s->servers[1].says);
	say_mx(s, &s->zone.delegated);
	say_mx(s, &s->zone.here);
	s->f.domains = &s->d;
	s->f.ndomains = 1;
	s->x.subject = "shop.example";
	s->in = (struct fix_input){ .facts = &s->f, .finding = &s->x, .params = s->params,
		.kept = { .known = true, .authority = true, .zone = "shop.example",
			.mx = dead ? "20 gone.example ttl 300" : "none", .serial = 7 },
		.exchanger = &s->here };
	set(s, "exchanger", "mail.shop.example");
	plan_init(&s->plan, &s->arena);
}

static int plan(struct scene *s, const char *fix, struct err *e)
{
	const struct fix *x = fix_find(fix);

	assert_non_null(x);
	e->code = ERR_NONE;
	return x->plan(&s->in, &s->plan, e);
}

static void refuses(struct scene *s, const char *fix, enum errcode code, const char *why)
{
	struct err e;

	assert_int_equal(plan(s, fix, &e), -1);
	if (e.code != code || !strstr(e.text, why))
		fail_msg("%d: %s", e.code, e.text);
	assert_null(s->plan.first);
	arena_clear(&s->arena);
}

static void a_missing_record_is_added(void **state)
{
	struct scene s;
	struct err e;

	(void)state;
	make(&s, NULL);
	set(&s, "preference", "5");
	assert_int_equal(plan(&s, "add_mx", &e), 0);
	assert_string_equal(s.plan.first->verb, "set_mx");
	assert_string_equal(s.plan.first->expect, "none");
	assert_string_equal(s.plan.first->value, "5 mail.shop.example ttl 14400");
	assert_null(s.plan.first->next);
	assert_null(s.plan.confirm);
	arena_clear(&s.arena);
}

static void a_dead_record_is_replaced_with_its_preference_and_ttl(void **state)
{
	struct scene s;
	struct err e;

	(void)state;
	make(&s, "gone.example");
	assert_int_equal(plan(&s, "replace_mx", &e), 0);
	assert_string_equal(s.plan.first->value, "20 mail.shop.example ttl 300");
	arena_clear(&s.arena);
}

static void a_zone_that_is_not_the_worlds_is_never_edited(void **state)
{
	struct scene s;

	(void)state;
	make(&s, NULL);
	s.more.zone = NULL;
	refuses(&s, "add_mx", ERR_DENIED, "were not asked");
	make(&s, NULL);
	s.zone.delegated_here = false;
	refuses(&s, "add_mx", ERR_DENIED, "other servers keep its zone");
	make(&s, NULL);
	s.zone.disagree = true;
	refuses(&s, "add_mx", ERR_DENIED, "do not say the same");
	make(&s, NULL);
	s.servers[1].says.serial = 6;
	refuses(&s, "add_mx", ERR_DENIED, "not every one");
	make(&s, NULL);
	s.servers[1].state = SERVER_LAME;
	refuses(&s, "add_mx", ERR_DENIED, "not every one");
	make(&s, NULL);
	s.servers[1].state = SERVER_SILENT;
	refuses(&s, "add_mx", ERR_DENIED, "not every one");
	make(&s, NULL);
	s.zone.here.status = DNS_UNASKED;
	refuses(&s, "add_mx", ERR_DENIED, "not every one");
	make(&s, NULL);
	s.zone.delegated.alias = "site.elsewhere.example";
	refuses(&s, "add_mx", ERR_DENIED, "cannot be changed from here");
	make(&s, NULL);
	s.d.owner = NULL;
	refuses(&s, "add_mx", ERR_DENIED, "no account");
}

static void what_cpanel_says_of_the_zone_has_to_agree(void **state)
{
	struct scene s;

	(void)state;
	make(&s, NULL);
	s.in.kept.known = false;
	s.in.kept.why = "SERVFAIL";
	refuses(&s, "add_mx", ERR_UNAVAILABLE, "SERVFAIL");
	make(&s, NULL);
	s.in.kept.authority = false;
	refuses(&s, "add_mx", ERR_DENIED, "does not find");
	make(&s, NULL);
	s.in.kept.zone = "example";
	refuses(&s, "add_mx", ERR_DENIED, "in the zone of example");
	make(&s, NULL);
	s.in.kept.serial = 8;
	refuses(&s, "add_mx", ERR_STALE, "not yet the one that is served");
	/* A wildcard answers in the DNS, and no record stands in the zone. */
	make(&s, "gone.example");
	s.in.kept.mx = "none";
	refuses(&s, "replace_mx", ERR_DENIED, "wildcard");
	make(&s, NULL);
	s.in.kept.mx = "20 gone.example ttl 300";
	refuses(&s, "add_mx", ERR_DENIED, "wildcard");
}

static void an_exchanger_is_never_guessed_and_has_to_exist(void **state)
{
	struct scene s;

	(void)state;
	make(&s, NULL);
	s.in.nparams = 0;
	refuses(&s, "add_mx", ERR_INPUT, "name the host");
	make(&s, NULL);
	s.here.name = "192.0.2.1";
	refuses(&s, "add_mx", ERR_INPUT, "not the name");
	make(&s, NULL);
	s.in.exchanger = NULL;
	refuses(&s, "add_mx", ERR_INPUT, "not the name");
	make(&s, NULL);
	s.here.aaaa = DNS_TIMEOUT;
	refuses(&s, "add_mx", ERR_UNAVAILABLE, "timeout");
	make(&s, NULL);
	s.here.nips = 0;
	refuses(&s, "add_mx", ERR_INPUT, "no address");
	make(&s, NULL);
	s.here.ips = &s.ip[1];
	s.here.ours = false;
	refuses(&s, "add_mx", ERR_INPUT, "no address");
	make(&s, NULL);
	s.here.cname = "real.example";
	refuses(&s, "add_mx", ERR_INPUT, "alias");
	make(&s, NULL);
	set(&s, "preference", "-1");
	refuses(&s, "add_mx", ERR_INPUT, "0 to 65535");
	make(&s, NULL);
	set(&s, "gateway", "yes");
	refuses(&s, "add_mx", ERR_INPUT, "exchanger=HOST");
}

static void email_routing_stays_where_it_is(void **state)
{
	struct scene s;
	struct err e;

	(void)state;
	make(&s, NULL);
	s.here.ours = false;
	refuses(&s, "add_mx", ERR_DENIED, "belongs on “remote”");
	make(&s, NULL);
	s.d.line[LIST_LOCAL] = 0;
	s.d.line[LIST_REMOTE] = 1;
	refuses(&s, "add_mx", ERR_DENIED, "belongs on “local”");
	make(&s, NULL);
	s.d.line[LIST_REMOTE] = 4;
	refuses(&s, "add_mx", ERR_DENIED, "cannot be told");
	make(&s, NULL);
	s.more.mxcheck = NULL;
	refuses(&s, "add_mx", ERR_UNAVAILABLE, "did not say");
	/* Automatic and out of date: the next look at the zone would move it. */
	make(&s, NULL);
	s.more.mxcheck = "auto";
	s.more.detected = "remote";
	refuses(&s, "add_mx", ERR_DENIED, "Automatically Detect");
	make(&s, NULL);
	s.more.mxcheck = "auto";
	assert_int_equal(plan(&s, "add_mx", &e), 0);
	arena_clear(&s.arena);
}

static void a_record_that_may_be_right_is_not_replaced(void **state)
{
	struct scene s;

	(void)state;
	make(&s, "gone.example");
	s.dead.a = DNS_SERVFAIL;
	refuses(&s, "replace_mx", ERR_STALE, "no MX record");
	make(&s, NULL);
	refuses(&s, "replace_mx", ERR_STALE, "no MX record");
	make(&s, "gone.example");
	refuses(&s, "add_mx", ERR_STALE, "already");
}

/* ---- manual routes ---------------------------------------------------- */

static void make_route(struct scene *s, const char *host, bool exists)
{
	make(s, NULL);
	s->in.nparams = 0;
	s->dead.name = host;
	if (exists) {
		s->dead.a = DNS_OK;
		s->dead.ips = s->ip;
		s->dead.nips = 1;
	}
	s->hosts[0] = &s->dead;
	s->route = (struct manual_route){ .domain = "shop.example", .hosts = s->hosts,
		.nhosts = 1 };
	s->f.manual = &s->route;
	s->f.nmanual = 1;
	s->d.routing_why = "it is delivered here";
}

static void a_manual_route_goes_and_the_typed_name_is_asked_where_it_leads_somewhere(void **state)
{
	struct scene s;
	struct err e;

	(void)state;
	make_route(&s, "old.example", false);
	assert_int_equal(plan(&s, "drop_manual_mx", &e), 0);
	assert_string_equal(s.plan.first->verb, "set_manual_mx");
	assert_string_equal(s.plan.first->expect, "old.example");
	assert_string_equal(s.plan.first->value, "none");
	assert_null(s.plan.confirm);
	arena_clear(&s.arena);
	make_route(&s, "old.example", true);
	assert_int_equal(plan(&s, "drop_manual_mx", &e), 0);
	assert_string_equal(s.plan.confirm, "shop.example");
	arena_clear(&s.arena);
}

static void a_route_that_could_not_come_back_or_would_uncover_a_wrong_routing_stays(void **state)
{
	struct scene s;

	(void)state;
	make_route(&s, "192.0.2.1", false);
	refuses(&s, "drop_manual_mx", ERR_DENIED, "could not put back");
	make_route(&s, "old.example", false);
	s.route.nhosts = 2;
	refuses(&s, "drop_manual_mx", ERR_DENIED, "could not put back");
	make_route(&s, "old.example", false);
	s.route.fault = "odd";
	refuses(&s, "drop_manual_mx", ERR_DENIED, "could not put back");
	make_route(&s, "old.example", false);
	s.d.routing = ROUTING_LOCAL_MX_ELSEWHERE;
	refuses(&s, "drop_manual_mx", ERR_DENIED, "not right");
	make_route(&s, "old.example", false);
	s.d.owner = NULL;
	refuses(&s, "drop_manual_mx", ERR_DENIED, "no account");
	make_route(&s, "old.example", false);
	s.f.nmanual = 0;
	refuses(&s, "drop_manual_mx", ERR_STALE, "no line");
	make_route(&s, "old.example", false);
	set(&s, "value", "x");
	refuses(&s, "drop_manual_mx", ERR_INPUT, "takes no settings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_record_is_added),
		cmocka_unit_test(a_dead_record_is_replaced_with_its_preference_and_ttl),
		cmocka_unit_test(a_zone_that_is_not_the_worlds_is_never_edited),
		cmocka_unit_test(what_cpanel_says_of_the_zone_has_to_agree),
		cmocka_unit_test(an_exchanger_is_never_guessed_and_has_to_exist),
		cmocka_unit_test(email_routing_stays_where_it_is),
		cmocka_unit_test(a_record_that_may_be_right_is_not_replaced),
		cmocka_unit_test(a_manual_route_goes_and_the_typed_name_is_asked_where_it_leads_somewhere),
		cmocka_unit_test(a_route_that_could_not_come_back_or_would_uncover_a_wrong_routing_stays),
	};

	return cmocka_run_group_tests_name("mx_plan", tests, NULL, NULL);
}
