#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/exim_list.h"

/* Which files a definition reads: "L", "R", "S", a small letter where the
 * look-up is loose. `more` holds other lines that Exim printed. */
static const char *reads(const char *definition, const char *more)
{
	static char out[8];
	char bp[1000];
	struct exim_reads x;
	size_t n = 0;

	snprintf(bp, sizeof(bp), "domainlist local_domains = %s\n%s", definition, more);
	exim_list_reads(slice_of(bp), "local_domains", &x);
	for (int l = 0; l < NLISTS; l++)
		if (x.reads[l])
			out[n++] = x.loose[l] ? "lrs"[l] : "LRS"[l];
	out[n] = '\0';
	return out;
}

static const struct {
	const char *definition, *want;
} definitions[] = {
	{ "lsearch;/etc/localdomains", "L" },
	{ "@ : lsearch;/etc/localdomains", "L" },
	{ "lsearch;/etc/localdomains : lsearch;/etc/secondarymx", "LS" },
	{ "lsearch; /etc/localdomains", "L" },
	{ "<; lsearch;;/etc/localdomains ; lsearch;;/etc/remotedomains", "LR" },
	{ "</ lsearch;//etc//localdomains", "" },
	{ "partial-lsearch;/etc/localdomains", "l" },
	{ "partial2-lsearch;/etc/localdomains", "l" },
	{ "partial3(.)lsearch;/etc/localdomains", "" },
	{ "wildlsearch;/etc/localdomains", "l" },
	{ "nwildlsearch;/etc/localdomains", "l" },
	{ "lsearch*;/etc/localdomains", "l" },
	{ "lsearch,ret=key;/etc/localdomains", "L" },
	{ "/etc/localdomains", "l" },
	{ "${lookup{$domain}lsearch{/etc/localdomains}{$domain}}", "L" },
	{ "${lookup{$domain}lsearch{/etc/localdomains}{$value}}", "" },
	{ "${lookup{$sender_host_name}lsearch{/etc/localdomains}{$domain}}", "" },
	{ "${if exists{/etc/localdomains}{lsearch;/etc/localdomains}{}}", "" },
	{ "! lsearch;/etc/localdomains", "" },
	{ "!lsearch;/etc/remotedomains : lsearch;/etc/localdomains", "L" },
	{ "cdb;/etc/localdomains", "" },
	{ "lsearch;/etc/localdomains.db", "" },
	{ "lsearch;/tmp/etc/localdomains", "" },
	{ "example.com : *.example.org", "" },
	{ "", "" },
	{ ":::", "" },
	{ "${lookup", "" },
	{ "${lookup{", "" },
	{ "${lookup{$domain}lsearch{/etc/localdomains", "" },
	{ "<", "" },
	{ "+local_domains", "" },
	{ "+nowhere", "" },
	{ "<value not displayable>", "" },
};

static void a_definition_tells_which_files_it_looks_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(definitions) / sizeof(*definitions); i++)
		if (strcmp(reads(definitions[i].definition, ""), definitions[i].want))
			fail_msg("%s: %s instead of %s", definitions[i].definition,
				 reads(definitions[i].definition, ""),
				 definitions[i].want);
}

static void the_server_is_named_by_a_sign_or_by_its_name(void **state)
{
	static const struct {
		const char *definition;
		bool want;
	} items[] = {
		{ "@ : lsearch;/etc/localdomains", true },
		{ "lsearch;/etc/localdomains : $primary_hostname", true },
		{ "${primary_hostname}", true },
		{ "Server1.example.NET", true },
		{ "+more", true },
		{ "! @ : lsearch;/etc/localdomains", false },
		{ "server1.example.net.au", false },
		{ "lsearch;/etc/localdomains", false },
		{ "@[]", false },
	};
	char bp[400];
	struct exim_reads x;

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		snprintf(bp, sizeof(bp), "domainlist local_domains = %s\n"
			 "domainlist more = a.example : @\n"
			 "primary_hostname = server1.example.net\n", items[i].definition);
		exim_list_reads(slice_of(bp), "local_domains", &x);
		if (x.names_host != items[i].want)
			fail_msg("%s", items[i].definition);
	}
}

static void a_pattern_in_the_definition_is_seen(void **state)
{
	static const struct {
		const char *definition, *want;
	} items[] = {
		{ "lsearch;/etc/localdomains : *", "*" },
		{ "a.example : *.example.org : *", "*.example.org" },
		{ "^.*\\.example$", "^.*\\.example$" },
		{ "! *.example : lsearch;/etc/localdomains", "" },
		{ "lsearch*;/etc/localdomains : a.*.example", "" },
	};
	char bp[400];
	struct exim_reads x;

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		snprintf(bp, sizeof(bp), "domainlist local_domains = %s\n", items[i].definition);
		exim_list_reads(slice_of(bp), "local_domains", &x);
		if (!slice_eq(x.wild, items[i].want))
			fail_msg("%s: %.*s", items[i].definition, (int)x.wild.n, x.wild.p);
	}
}

/* Eight lists that each name all eight ten times: followed again and again, they
 * would keep a scan for longer than there are servers. */
static void lists_that_lead_to_each_other_are_each_read_once(void **state)
{
	char bp[8000] = "";
	struct exim_reads x;

	(void)state;
	for (int l = 0; l < 8; l++) {
		snprintf(bp + strlen(bp), sizeof(bp) - strlen(bp), "domainlist %s%d = ",
			 l ? "l" : "local_domains", l);
		for (int i = 0; i < 80; i++)
			snprintf(bp + strlen(bp), sizeof(bp) - strlen(bp), "+l%d : ", i % 8);
		strcat(bp, l == 7 ? "lsearch;/etc/remotedomains\n" : "\n");
	}
	exim_list_reads(slice_of(bp), "local_domains0", &x);
	assert_true(x.reads[LIST_REMOTE]);
}

static void named_lists_are_followed_when_they_are_printed(void **state)
{
	(void)state;
	assert_string_equal(reads("+mine : x.example",
				  "domainlist mine = +files\ndomainlist files = lsearch;/etc/localdomains\n"),
			    "L");
	assert_string_equal(reads("!+mine", "domainlist mine = lsearch;/etc/localdomains\n"), "");
	assert_string_equal(reads("+a", "domainlist a = +b\ndomainlist b = +a\n"), "");
}

/* As Exim 4.96 prints it for a mixture of lists and options. */
static const char printed[] =
	"domainlist local_domains = lsearch;/etc/localdomains\n"
	"domainlist relay_domains = +local_domains : lsearch;/etc/secondarymx\n"
	"hostlist relay_hosts = net-iplsearch;/etc/relayhosts\n"
	"no address, domain, host, or local part list called \"other\" exists\n"
	"primary_hostname = server1.example.com\n"
	"local_interfaces = <; ::0 ; 0.0.0.0\n"
	"extra_local_interfaces = \n"
	"received_headers_max = 30\n";

static void definitions_and_options_are_found_by_name(void **state)
{
	struct arena a = ARENA_INIT;
	struct slice bp = slice_of(printed);

	(void)state;
	assert_string_equal(exim_list_definition(bp, "local_domains", &a),
			    "lsearch;/etc/localdomains");
	assert_null(exim_list_definition(bp, "relay_hosts", &a));
	assert_null(exim_list_definition(bp, "other", &a));
	assert_string_equal(exim_option(bp, "primary_hostname", &a), "server1.example.com");
	assert_string_equal(exim_option(bp, "local_interfaces", &a), "<; ::0 ; 0.0.0.0");
	assert_string_equal(exim_option(bp, "extra_local_interfaces", &a), "");
	assert_null(exim_option(bp, "hostname", &a));
	arena_clear(&a);
}

static void a_list_may_read_files_through_another(void **state)
{
	struct exim_reads x;

	(void)state;
	exim_list_reads(slice_of(printed), "relay_domains", &x);
	assert_true(x.reads[LIST_LOCAL] && x.reads[LIST_SECONDARY]);
	assert_false(x.reads[LIST_REMOTE] || x.loose[LIST_LOCAL]);
}

static void a_hidden_list_is_not_known(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	assert_null(exim_list_definition(slice_of("domainlist local_domains = <value not displayable>\n"),
					 "local_domains", &a));
	arena_clear(&a);
}

static void the_version_and_the_file_are_read_from_bv(void **state)
{
	struct slice bv = slice_of("Exim version 4.96 #2 built 27-May-2026 16:52:26\n"
		"Copyright (c) University of Cambridge, 1995 - 2018\n"
		"Size of off_t: 8\nConfiguration file is /etc/exim.conf\n");
	struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(exim_version(bv, &a), "4.96");
	assert_string_equal(exim_config_file(bv, &a), "/etc/exim.conf");
	assert_null(exim_version(slice_of("Exim version \n"), &a));
	assert_null(exim_config_file(slice_of(""), &a));
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_definition_tells_which_files_it_looks_up),
		cmocka_unit_test(the_server_is_named_by_a_sign_or_by_its_name),
		cmocka_unit_test(a_pattern_in_the_definition_is_seen),
		cmocka_unit_test(lists_that_lead_to_each_other_are_each_read_once),
		cmocka_unit_test(named_lists_are_followed_when_they_are_printed),
		cmocka_unit_test(definitions_and_options_are_found_by_name),
		cmocka_unit_test(a_list_may_read_files_through_another),
		cmocka_unit_test(a_hidden_list_is_not_known),
		cmocka_unit_test(the_version_and_the_file_are_read_from_bv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
