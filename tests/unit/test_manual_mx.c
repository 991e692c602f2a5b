#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mail/manual_mx.h"

/* What the first line of text says: "domain host,host" or "domain! why". */
static const char *said(const char *text)
{
	static char out[600];
	struct manual_mx m;
	struct manual_mx_entry x;
	struct manual_mx_host h;
	const char *why;
	char separator = 0, ip[IP_TEXT_MAX];
	size_t n;

	manual_mx_init(&m, slice_of(text));
	if (!manual_mx_next(&m, &x))
		return "";
	n = (size_t)snprintf(out, sizeof(out), "%s", x.domain);
	while (!x.why && manual_mx_host(&x.hosts, &separator, &h, &why))
		n += (size_t)snprintf(out + n, sizeof(out) - n, " %s%s%s",
				      h.ip.family ? ip_text(ip, &h.ip) : h.name,
				      h.by_mx ? "/mx" : "",
				      h.has_port ? "+port" : "");
	if (x.why || why)
		snprintf(out + n, sizeof(out) - n, " ! %s", x.why ? x.why : why);
	return out;
}

static const struct {
	const char *text, *want;
} lines[] = {
	{ "a.example: mx1.example.net", "a.example mx1.example.net" },
	{ "A.Example:MX1.Example.NET.", "a.example mx1.example.net" },
	{ "a.example mx1.example.net", "a.example mx1.example.net" },
	{ "a.example : mx1.example.net\r\n", "a.example mx1.example.net" },
	{ "\"a.example\": mx1.example.net", "a.example mx1.example.net" },
	{ "# c\n\na.example: mx1.example.net", "a.example mx1.example.net" },
	{ "a.example: mx1.example.net:mx2.example.net", "a.example mx1.example.net mx2.example.net" },
	{ "a.example: mx1.example.net::2525", "a.example mx1.example.net+port" },
	{ "a.example: mx1.example.net/MX", "a.example mx1.example.net/mx" },
	{ "a.example: mx1.example.net/mx::26", "a.example mx1.example.net/mx+port" },
	{ "a.example: mx1.example.net randomize byname", "a.example mx1.example.net" },
	{ "a.example: \"mx1.example.net : mx2.example.net\" randomize",
		"a.example mx1.example.net mx2.example.net" },
	{ "a.example: \"<; 192.0.2.1 ; 2001:db8::1\"", "a.example 192.0.2.1 2001:db8::1" },
	{ "a.example: <;2001:db8::1;mx1.example.net", "a.example 2001:db8::1 mx1.example.net" },
	{ "a.example: 192.0.2.1::26", "a.example 192.0.2.1+port" },
	{ "a.example: [192.0.2.1]", "a.example 192.0.2.1" },
	{ "a.example: [192.0.2.1]::2525", "a.example 192.0.2.1+port" },
	{ "a.example: <;[2001:db8::1]:25", "a.example 2001:db8::1+port" },
	{ "a.example: a:+:b", "a.example a b" },

	{ "a.example:", "a.example ! no host stands behind the domain" },
	{ "a.example", "a.example ! no host stands behind the domain" },
	{ "a.example: a : b", "a.example ! a list of hosts with blanks in it needs quotes" },
	{ "a.example: a: b", "a.example ! a list of hosts with blanks in it needs quotes" },
	{ "a.example: <; a ; b", "a.example ! a list of hosts with blanks in it needs quotes" },
	{ "a.example: \"mx1.example.net", "a.example ! the quoted list of hosts cannot be read" },
	{ "a.example: $domain", "a.example ! one of its hosts cannot be understood" },
	{ "a.example: mx1.example.net:|/bin/sh", "a.example mx1.example.net ! one of its hosts cannot be understood" },
	{ "a.example: mx1.example.net::0", "a.example ! one of its hosts cannot be understood" },
	{ "a.example: mx1.example.net::99999", "a.example ! one of its hosts cannot be understood" },
	{ "a.example: [192.0.2.1", "a.example ! one of its hosts cannot be understood" },
	{ "a.example: 192.0.2.1/mx", "a.example ! one of its hosts cannot be understood" },
	{ "a.example.: mx1.example.net", "a.example ! the name ends in a dot" },
	{ "\xef\xbb\xbf" "a.example: b", "a.example ! a byte order mark stands before the name" },
	{ " a.example: b", "a.example ! a blank stands before the name, which makes the line a continuation of the one above" },
	{ "*: b", " ! a pattern matches nothing in a plain look-up" },
	{ "", "" },
	{ "# a.example: b", "" },
};

static void a_line_says_its_domain_and_hosts_or_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (strcmp(said(lines[i].text), lines[i].want))
			fail_msg("%s\n  gives %s\n  not   %s", lines[i].text,
				 said(lines[i].text), lines[i].want);
}

static void every_line_is_told_with_its_number(void **state)
{
	static const char text[] = "a.example: x.example y\n\n# no\nb.example: z\n";
	struct manual_mx m;
	struct manual_mx_entry x;

	(void)state;
	manual_mx_init(&m, slice_of(text));
	assert_true(manual_mx_next(&m, &x));
	assert_int_equal(x.line, 1);
	assert_true(manual_mx_next(&m, &x));
	assert_int_equal(x.line, 4);
	assert_string_equal(x.domain, "b.example");
	assert_false(manual_mx_next(&m, &x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_its_domain_and_hosts_or_what_is_wrong),
		cmocka_unit_test(every_line_is_told_with_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
