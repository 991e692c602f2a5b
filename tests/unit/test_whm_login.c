#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/own_file.h"
#include "sources/whm_login.h"

/* ---- the address ------------------------------------------------------- */

static void addresses_that_can_be_meant(void **state)
{
	static const struct { const char *url, *host; unsigned port; } good[] = {
		{ "https://server1.hosting.example", "server1.hosting.example", 2087 },
		{ "https://server1.hosting.example/", "server1.hosting.example", 2087 },
		{ "https://whm.hosting.example:443", "whm.hosting.example", 443 },
		{ "https://192.0.2.1:2087/", "192.0.2.1", 2087 },
		{ "https://[2001:db8::1]", "[2001:db8::1]", 2087 },
		{ "https://[2001:db8::1]:2087", "[2001:db8::1]", 2087 },
		{ "https://localhost:65535", "localhost", 65535 },
	};
	struct whm_address a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (whm_address_parse(&a, slice_of(good[i].url), &e))
			fail_msg("%s: %s", good[i].url, e.text);
		assert_string_equal(a.host, good[i].host);
		assert_int_equal(a.port, good[i].port);
	}
}

static void addresses_that_cannot(void **state)
{
	static const char *const bad[] = {
		"", "server1.hosting.example", "HTTPS://x", "ftp://x.example", "https://", "https:///",
		"https://x.example:0", "https://x.example:65536", "https://x.example:https",
		"https://root:secret@x.example", "https://x.example/json-api/", "https://x.example?a",
		"https://x.example#y", "https://x..example", "https://x.example:2087:2087",
		"https://[::1", "https://[::1]x", "https://[1.2.3.4]", "https://[]", "https://::1",
		"https://x.example\r\nHost: y", "https://x example",
	};
	struct whm_address a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!whm_address_parse(&a, slice_of(bad[i]), &e))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(e.code, ERR_INPUT);
		assert_null(strstr(e.text, "secret"));
	}
}

static void a_nul_ends_neither_host_nor_login(void **state)
{
	struct whm_address a;
	struct whm_login l;
	struct err e;

	(void)state;
	assert_int_equal(whm_address_parse(&a, SLICE("https://[200::!\0\0]:443"), &e), -1);
	assert_int_equal(whm_address_parse(&a, SLICE("https://x.example\0.y"), &e), -1);
	assert_int_equal(whm_login_parse(&l, SLICE("root\0x:ABC"), &e), -1);
	assert_int_equal(whm_login_parse(&l, SLICE("root:AB\0C"), &e), -1);
}

static void plain_http_is_refused_and_told_why(void **state)
{
	struct whm_address a;
	struct err e;

	(void)state;
	assert_int_equal(whm_address_parse(&a, SLICE("http://127.0.0.1:2086"), &e), -1);
	assert_non_null(strstr(e.text, "could read the token"));
}

/* ---- the login --------------------------------------------------------- */

static void a_token_is_roots_unless_a_login_is_named(void **state)
{
	static const struct { const char *text, *user, *token; } good[] = {
		{ "ABC123", "root", "ABC123" },
		{ "ABC123\n", "root", "ABC123" },
		{ "northweb:ABC123\r\n", "northweb", "ABC123" },
		{ "root:abc_DEF-1\n", "root", "abc_DEF-1" },
	};
	struct whm_login l;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (whm_login_parse(&l, slice_of(good[i].text), &e))
			fail_msg("%s: %s", good[i].text, e.text);
		assert_string_equal(l.user, good[i].user);
		assert_string_equal(l.token, good[i].token);
	}
}

static void nothing_else_can_enter_the_header(void **state)
{
	static const char *const bad[] = {
		"", "\n", "root:", ":ABCSECRET", "root:ABCSECRET\nX-Other: 1", "root ABCSECRET",
		"root:ABCSECRET:x", "root:ABCSECRET\x01", "Root:ABCSECRET", "ro\rot:ABCSECRET",
		"root:ABCSECRET \n", "-----BEGIN ABCSECRET-----", "r@x:ABCSECRET",
		"averyveryveryverylongloginthatnobodyhas:ABCSECRET",
	};
	struct whm_login l;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!whm_login_parse(&l, slice_of(bad[i]), &e))
			fail_msg("“%s” was taken", bad[i]);
		assert_int_equal(e.code, ERR_INPUT);
		assert_null(strstr(e.text, "SECRET"));
	}
}

/* ---- the file ---------------------------------------------------------- */

struct place {
	char dir[40], file[60], other[60];
	struct arena a;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	FILE *f;

	strcpy(p->dir, "/tmp/relaydoctor-token-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->file, sizeof(p->file), "%s/token", p->dir);
	snprintf(p->other, sizeof(p->other), "%s/other", p->dir);
	f = fopen(p->file, "w");
	if (!f || fputs("root:ABC\n", f) < 0 || fclose(f))
		return -1;
	*state = p;
	return chmod(p->file, 0600);
}

static int teardown(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	unlink(p->other);
	rmdir(p->dir);
	arena_clear(&p->a);
	free(p);
	return 0;
}

static int read_it(struct place *p, const char *path, unsigned forbidden, struct err *e)
{
	struct slice text;
	int rc = own_file_read(path, forbidden, "the token file", &p->a, &text, e);

	if (!rc)
		assert_true(slice_eq(text, "root:ABC\n"));
	else
		assert_int_equal(e->code, ERR_INPUT);
	return rc;
}

static void a_file_of_our_own_is_read(void **state)
{
	struct place *p = *state;
	struct err e;

	assert_int_equal(read_it(p, p->file, 077, &e), 0);
	assert_int_equal(chmod(p->file, 0400), 0);
	assert_int_equal(read_it(p, p->file, 077, &e), 0);
	assert_int_equal(chmod(p->file, 0644), 0);
	assert_int_equal(read_it(p, p->file, 022, &e), 0);
}

static void a_file_open_to_others_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0601, 0610, 0666 };
	struct place *p = *state;
	struct err e;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(chmod(p->file, modes[i]), 0);
		assert_int_equal(read_it(p, p->file, 077, &e), -1);
		assert_non_null(strstr(e.text, "chmod 600"));
	}
	assert_int_equal(read_it(p, p->file, 022, &e), -1);
	assert_non_null(strstr(e.text, "chmod 644"));
}

static void what_is_no_plain_file_is_refused(void **state)
{
	struct place *p = *state;
	struct err e;

	assert_int_equal(symlink(p->file, p->other), 0);
	assert_int_equal(read_it(p, p->other, 077, &e), -1);
	assert_non_null(strstr(e.text, "symbolic link"));
	assert_int_equal(unlink(p->other), 0);
	assert_int_equal(mkfifo(p->other, 0600), 0);
	assert_int_equal(read_it(p, p->other, 077, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_int_equal(read_it(p, p->dir, 077, &e), -1);
	assert_int_equal(read_it(p, "/nonexistent", 077, &e), -1);
}

static void a_strangers_file_is_refused(void **state)
{
	struct place *p = *state;
	struct err e;

	if (geteuid()) {
		skip();
		return;
	}
	assert_int_equal(chown(p->file, 65534, 65534), 0);
	assert_int_equal(read_it(p, p->file, 077, &e), -1);
	assert_non_null(strstr(e.text, "belongs to neither you nor root"));
}

int main(void)
{
#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_that_can_be_meant),
		cmocka_unit_test(addresses_that_cannot),
		cmocka_unit_test(a_nul_ends_neither_host_nor_login),
		cmocka_unit_test(plain_http_is_refused_and_told_why),
		cmocka_unit_test(a_token_is_roots_unless_a_login_is_named),
		cmocka_unit_test(nothing_else_can_enter_the_header),
		FILE_TEST(a_file_of_our_own_is_read),
		FILE_TEST(a_file_open_to_others_is_refused),
		FILE_TEST(what_is_no_plain_file_is_refused),
		FILE_TEST(a_strangers_file_is_refused),
	};

	return cmocka_run_group_tests_name("whm_login", tests, NULL, NULL);
}
