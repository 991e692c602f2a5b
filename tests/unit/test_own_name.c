#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

/* A server whose own name has an address of its own, and that leads back. */
struct world {
	struct arena arena;
	struct facts f;
	struct domain d;
	struct ip ip;
	struct report r;
};

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	for (int i = 0; i < NSOURCES; i++)
		w->f.source[i].state = SOURCE_OK;
	assert_true(ip_parse(&w->ip, "11.0.0.1"));
	w->d = (struct domain){ .name = "server1.example.net", .mx_status = DNS_NODATA };
	w->f.hostname = w->d.name;
	w->f.others = &w->d;
	w->f.nothers = 1;
	w->f.own_name = (struct own_name){
		.asked = true,
		.host = { .name = w->d.name, .a = DNS_OK, .aaaa = DNS_NODATA,
			.ips = &w->ip, .nips = 1, .ours = true },
		.reverse = { .ip = w->ip, .status = DNS_OK, .name = w->d.name, .fits = true },
	};
	w->d.implicit = &w->f.own_name.host;
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

/* "warning: …" of its one finding; "" without one. */
static const char *said(struct world *w)
{
	const char *const only[] = { "hostname_dns_mismatch", NULL };

	report_init(&w->r, &w->arena);
	checks_run(&w->f, only, &w->r);
	if (!w->r.first)
		return "";
	assert_null(w->r.first->next);
	return arena_printf(&w->arena, "%s: %s", severity_name(w->r.first->severity),
			    w->r.first->text);
}

static void a_name_that_leads_here_and_back_is_right(void **state)
{
	assert_string_equal(said(*state), "");
}

static void without_a_reverse_name_others_may_refuse_mail(void **state)
{
	struct world *w = *state;
	struct reverse_name *r = &w->f.own_name.reverse;

	*r = (struct reverse_name){ .ip = w->ip, .status = DNS_NXDOMAIN };
	assert_non_null(strstr(said(w), "info: "));
	assert_non_null(strstr(said(w), "leads back to no name"));
	r->status = DNS_TIMEOUT;
	assert_string_equal(said(w), "");
	/* Nobody could set one for these. */
	r->status = DNS_NXDOMAIN;
	assert_true(ip_parse(&r->ip, "192.0.2.10"));
	assert_string_equal(said(w), "");
	assert_true(ip_parse(&r->ip, "10.0.0.5"));
	assert_string_equal(said(w), "");
}

static void an_mx_alone_is_enough_to_exist(void **state)
{
	struct world *w = *state;

	w->f.own_name.host.nips = 0;
	w->f.own_name.host.ours = false;
	w->f.own_name.host.a = DNS_NODATA;
	assert_non_null(strstr(said(w), "warning: "));
	w->d.mx_status = DNS_OK;
	assert_string_equal(said(w), "");
	w->d.null_mx = true;
	assert_non_null(strstr(said(w), "does not exist"));
}

static void the_own_zone_is_not_what_others_see(void **state)
{
	struct world *w = *state;

	w->f.own_name.host.answer_is_own = true;
	assert_non_null(strstr(said(w), "unknown: "));
	w->f.own_name.host.answer_is_own = false;
	w->f.own_name.host.ours = false;
	assert_non_null(strstr(said(w), "warning: "));
	w->f.own_name.host.aaaa = DNS_SERVFAIL;
	assert_non_null(strstr(said(w), "unknown: "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_that_leads_here_and_back_is_right),
		TEST(without_a_reverse_name_others_may_refuse_mail),
		TEST(an_mx_alone_is_enough_to_exist),
		TEST(the_own_zone_is_not_what_others_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
