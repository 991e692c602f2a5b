#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/exim_ports.h"

/* "ADDRESS/PORT" and "t" where TLS comes first; * for every address. */
static void check(const char *interfaces, const char *ports, const char *tls,
		  const char *want)
{
	struct arena a = ARENA_INIT;
	const struct wanted_port *all;
	char bp[1000], got[1000] = "", text[IP_TEXT_MAX];
	const char *why;
	size_t n;

	snprintf(bp, sizeof(bp), "local_interfaces = %s\ndaemon_smtp_ports = %s\n"
		 "tls_on_connect_ports = %s\n", interfaces, ports, tls);
	n = exim_ports_read(slice_of(bp), &a, &all, &why);
	for (size_t i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s/%u%s",
			 i ? " " : "", all[i].any ? "*" : "",
			 all[i].any ? all[i].ip.family == 4 ? "4" : "6" :
			 ip_text(text, &all[i].ip), all[i].port,
			 all[i].tls_first ? "t" : "");
	if (why)
		strcat(got, " ?");
	assert_string_equal(got, want);
	arena_clear(&a);
}

static void the_forms_of_the_specification_are_understood(void **state)
{
	(void)state;
	check("<; ::0 ; 0.0.0.0", "25 : 465 : 587", "465",
	      "*6/25 *6/465t *6/587 *4/25 *4/465t *4/587");
	check("0.0.0.0", "smtp", "", "*4/25");
	check("0.0.0.0", "smtp : smtps : submission", "smtps", "*4/25 *4/465t *4/587");
	check("<; [::0]:25", "587", "", "*6/25");
	check("127.0.0.1.2525", "25", "", "127.0.0.1/2525");
	check("127.0.0.1 : 192.0.2.1.26", "25", "", "127.0.0.1/25 192.0.2.1/26");
	check("<; [192.0.2.1]:26 ; [192.0.2.2]", "25", "", "192.0.2.1/26 192.0.2.2/25");
	check("<; 2001:db8::1.1234", "25", "", "2001:db8::1/1234");
	check("::::1 : 127.0.0.1", "25", "", "::1/25 127.0.0.1/25");
	check("<; ::1 ; 127.0.0.1", "<, 25 , 26", "", "::1/25 ::1/26 127.0.0.1/25 127.0.0.1/26");
	check("127.0.0.1:", "25", "", "127.0.0.1/25");
}

static void what_is_not_understood_is_told_and_the_rest_is_kept(void **state)
{
	(void)state;
	check("0.0.0.0", "25 : nosuch : 587", "", "*4/25 *4/587 ?");
	check("0.0.0.0", "0 : 65536 : -1 : 25", "", "*4/25 ?");
	check("eth0 : 0.0.0.0", "25", "", "*4/25 ?");
	check("[0.0.0.0]25 : [::1", "25", "", " ?");
	check("192.0.2.1.99999", "25", "", " ?");
	check("<; fe80::1%eth0", "25", "", " ?");
}

static void an_option_that_is_not_printed_has_its_default(void **state)
{
	struct arena a = ARENA_INIT;
	const struct wanted_port *all;
	const char *why;

	(void)state;
	assert_int_equal(exim_ports_read(SLICE(""), &a, &all, &why), 2);
	assert_null(why);
	assert_int_equal(all[0].port, 25);
	assert_int_equal(all[0].ip.family, 6);
	assert_string_equal(all[0].from, "daemon_smtp_ports");
	arena_clear(&a);
}

static void a_list_without_end_is_cut(void **state)
{
	struct arena a = ARENA_INIT;
	const struct wanted_port *all;
	char bp[20000] = "daemon_smtp_ports = 25";
	const char *why;
	size_t n = strlen(bp);

	(void)state;
	while (n < sizeof(bp) - 8)
		n += (size_t)snprintf(bp + n, 8, " : 25");
	assert_int_equal(exim_ports_read(slice_of(bp), &a, &all, &why), EXIM_PORTS_MAX);
	assert_non_null(why);
	arena_clear(&a);
}

static void the_panels_further_ports_count_when_they_are_on(void **state)
{
	unsigned ports[4];

	(void)state;
	assert_int_equal(exim_ports_extra(SLICE(
		"exim:1\nexim-26:1\nexim-2525,2526:1\nexim-27:0\nexim-:1\n"
		"exim-x:1\nimap:1\nexim-26:1\n"), ports, 4), 3);
	assert_int_equal(ports[0], 26);
	assert_int_equal(ports[1], 2525);
	assert_int_equal(ports[2], 2526);
	assert_int_equal(exim_ports_extra(SLICE("exim-1,2,3,4,5,6:1\n"), ports, 4), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms_of_the_specification_are_understood),
		cmocka_unit_test(what_is_not_understood_is_told_and_the_rest_is_kept),
		cmocka_unit_test(an_option_that_is_not_printed_has_its_default),
		cmocka_unit_test(a_list_without_end_is_cut),
		cmocka_unit_test(the_panels_further_ports_count_when_they_are_on),
	};

	return cmocka_run_group_tests_name("exim_ports", tests, NULL, NULL);
}
