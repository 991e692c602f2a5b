#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/map.h"
#include "base/run.h"
#include "base/text.h"

static void lines_end_at_lf_and_lose_their_cr(void **state)
{
	struct slice rest = SLICE("a\r\nb\n\nc"), line;
	const char *want[] = { "a", "b", "", "c" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(slice_line(&rest, &line));
		assert_true(slice_eq(line, want[i]));
	}
	assert_false(slice_line(&rest, &line));
}

static void numbers_are_digits_within_their_limit(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(slice_uint(SLICE("65535"), 65535, &v));
	assert_int_equal(v, 65535);
	assert_false(slice_uint(SLICE("65536"), 65535, &v));
	assert_false(slice_uint(SLICE(""), 9, &v));
	assert_false(slice_uint(SLICE("-1"), 9, &v));
	assert_false(slice_uint(SLICE("18446744073709551616"), UINT64_MAX, &v));
	assert_true(slice_uint(SLICE("18446744073709551615"), UINT64_MAX, &v));
}

static void domains_are_recognised_and_nothing_else(void **state)
{
	static const char *const good[] = { "example.com", "a", "x-1.example.com",
		"_dmarc.example.com", "EXAMPLE.com" };
	static const char *const bad[] = { "", ".", "example.com.", ".example.com",
		"a..b", "a b", "a/b", "-\n", "example.com\n", "*", "exämple.com" };
	char label[65];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(text_is_domain(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(text_is_domain(bad[i]));
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(text_is_domain(label));
	label[63] = '\0';
	assert_true(text_is_domain(label));
}

static void a_suffix_matches_at_label_boundaries_only(void **state)
{
	(void)state;
	assert_true(text_in_domain("aspmx.l.Google.com", "google.com"));
	assert_true(text_in_domain("google.com", "google.com"));
	assert_false(text_in_domain("notgoogle.com", "google.com"));
	assert_false(text_in_domain("google.com.au", "google.com"));
	assert_false(text_in_domain("com", "google.com"));
	assert_false(text_in_domain("google.com", ""));
}

static void accounts_are_recognised_and_nothing_else(void **state)
{
	(void)state;
	assert_true(text_is_account("shop"));
	assert_true(text_is_account("a1_b-c"));
	assert_false(text_is_account("1abc"));
	assert_false(text_is_account(""));
	assert_false(text_is_account("../etc"));
	assert_false(text_is_account("--help"));
	assert_false(text_is_account("Shop"));
	assert_false(text_is_account("abcdefghijklmnopqrstuvwxyz0123456"));
}

static void control_bytes_are_shown(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(text_printable(out, sizeof(out), "a\nb\033[1m\\"),
			    "a\\x0ab\\x1b[1m\\\\");
	assert_string_equal(text_printable(out, 5, "ab\ncd"), "ab");
}

static void addresses_are_equal_by_value(void **state)
{
	struct ip a, b;
	char text[IP_TEXT_MAX];

	(void)state;
	assert_true(ip_parse(&a, "::ffff:192.0.2.1"));
	assert_true(ip_parse(&b, "192.0.2.1"));
	assert_true(ip_equal(&a, &b));
	assert_true(ip_parse(&a, "2001:DB8:0::1"));
	assert_string_equal(ip_text(text, &a), "2001:db8::1");
	assert_false(ip_equal(&a, &b));
	assert_true(ip_parse(&a, "10.0.0.1"));
	assert_true(ip_parse(&b, "10.0.0.10"));
	assert_false(ip_equal(&a, &b));
	assert_false(ip_parse(&a, "fe80::1%eth0"));
	assert_false(ip_parse(&a, "0.0.0.0/0"));
	assert_false(ip_parse(&a, "localhost"));
}

static void all_of_a_slice_is_an_address_or_it_is_none(void **state)
{
	static const struct {
		struct slice text;
		bool is;
	} all[] = {
		{ { "192.0.2.17", 10 }, true }, { { "192.0.2.17", 9 }, true },
		{ { "192.0.2.17", 8 }, false }, { { "192.0.2.1\0", 10 }, false },
		{ { "192.0.2.1]", 10 }, false }, { { "192.0.2.01", 10 }, false },
		{ { "::1]", 3 }, true }, { { "::1]", 4 }, false }, { { "::1\0", 4 }, false },
		{ { NULL, 0 }, false },
	};
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_int_equal(ip_read(&ip, all[i].text), all[i].is);
}

static void private_addresses_are_told_from_public_ones(void **state)
{
	static const char *const hidden[] = { "127.0.0.1", "10.1.2.3", "172.31.0.1",
		"192.168.9.9", "169.254.1.1", "100.64.0.1", "0.0.0.0", "::1",
		"fe80::1", "fd00::1", "::" };
	static const char *const seen[] = { "192.0.2.1", "172.32.0.1", "100.128.0.1",
		"2001:db8::1", "11.0.0.1" };
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		assert_true(ip_parse(&ip, hidden[i]));
		assert_true(ip_is_private(&ip));
	}
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		assert_true(ip_parse(&ip, seen[i]));
		assert_false(ip_is_private(&ip));
	}
}

static void addresses_of_the_books_are_told_from_real_ones(void **state)
{
	static const char *const books[] = { "192.0.2.255", "198.51.100.0", "203.0.113.7",
		"2001:db8:ffff::1" };
	static const char *const real[] = { "192.0.3.1", "198.51.101.1", "203.0.112.255",
		"2001:db9::1", "32.1.13.184", "::" };
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof(books) / sizeof(*books); i++) {
		assert_true(ip_parse(&ip, books[i]));
		assert_true(ip_is_documentation(&ip));
	}
	for (size_t i = 0; i < sizeof(real) / sizeof(*real); i++) {
		assert_true(ip_parse(&ip, real[i]));
		assert_false(ip_is_documentation(&ip));
	}
}

static void a_map_finds_what_was_put_there(void **state)
{
	struct arena a = ARENA_INIT;
	struct map m = MAP_INIT(&a, 7);

	(void)state;
	assert_null(map_get(&m, "x"));
	for (int i = 0; i < 10000; i++)
		*map_at(&m, arena_printf(&a, "k%d", i)) = arena_printf(&a, "%d", i);
	for (int i = 0; i < 10000; i++) {
		char key[16], value[16];

		snprintf(key, sizeof(key), "k%d", i);
		snprintf(value, sizeof(value), "%d", i);
		assert_string_equal(map_get(&m, key), value);
	}
	assert_null(map_get(&m, "k10000"));
	arena_clear(&a);
}

static void a_buffer_stops_at_its_limit_and_keeps_what_it_had(void **state)
{
	struct buf b = BUF_INIT(4);

	(void)state;
	assert_int_equal(buf_puts(&b, "abc"), 0);
	assert_int_equal(buf_puts(&b, "de"), -1);
	assert_string_equal(b.data, "abc");
	assert_true(b.full);
	buf_free(&b);
}

static char dir[] = "/tmp/relaydoctor-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	const char *argv[] = { "/bin/rm", "-rf", dir, NULL };
	const struct command c = {
		.argv = argv, .deadline_ms = 5000, .max_output = 4096, .keep_fd = -1,
	};
	struct command_result r;
	struct err e;

	(void)state;
	if (run_command(&c, &r, &e))
		return -1;
	close(r.out);
	return r.status;
}

static void only_plain_files_are_opened(void **state)
{
	const struct io_expect x = { .max_size = 8 };
	int root = open(dir, O_RDONLY | O_DIRECTORY), fd;
	struct err e;

	(void)state;
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(mkfifoat(root, "etc/fifo", 0644), 0);
	assert_int_equal(symlinkat("etc", root, "linked"), 0);
	assert_int_equal(symlinkat("/etc/passwd", root, "etc/link"), 0);
	fd = openat(root, "etc/list", O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "12345678", 8), 8);
	assert_true(io_open_beneath(root, "etc/list", &x, &e) >= 0);
	assert_int_equal(write(fd, "9", 1), 1);
	assert_int_equal(io_open_beneath(root, "etc/list", &x, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	close(fd);
	assert_int_equal(io_open_beneath(root, "etc/none", &x, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(io_open_beneath(root, "etc/fifo", &x, &e), -1);
	assert_non_null(strstr(e.text, "FIFO"));
	assert_int_equal(io_open_beneath(root, "etc/link", &x, &e), -1);
	assert_non_null(strstr(e.text, "symbolic link"));
	assert_int_equal(io_open_beneath(root, "linked/list", &x, &e), -1);
	assert_non_null(strstr(e.text, "symbolic link"));
	assert_int_equal(io_open_beneath(root, "etc", &x, &e), -1);
	assert_int_equal(io_open_beneath(root, "../etc/passwd", &x, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	close(root);
}

static void replacing_a_file_is_whole_or_not_at_all(void **state)
{
	int root = open(dir, O_RDONLY | O_DIRECTORY);
	struct arena a = ARENA_INIT;
	struct err e;
	char *text;
	size_t n;
	int fd;

	(void)state;
	assert_int_equal(io_replace(root, "entry", 0600, "one", 3, &e), 0);
	assert_int_equal(io_replace(root, "entry", 0600, "two", 3, &e), 0);
	fd = openat(root, "entry", O_RDONLY);
	assert_int_equal(io_read_all(fd, 100, &a, &text, &n, "entry", &e), 0);
	assert_string_equal(text, "two");
	close(fd);
	assert_int_equal(faccessat(root, ".entry.new", F_OK, 0), -1);
	assert_int_equal(mkdirat(root, "taken", 0700), 0);
	assert_int_equal(io_replace(root, "taken", 0600, "x", 1, &e), -1);
	assert_int_equal(faccessat(root, ".taken.new", F_OK, 0), -1);
	arena_clear(&a);
	close(root);
}

static int run_sh(const char *script, int64_t ms, uint64_t max,
		  struct command_result *r, struct err *e)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	const struct command c = {
		.argv = argv, .deadline_ms = ms, .max_output = max, .keep_fd = -1,
	};

	return run_command(&c, r, e);
}

static void a_command_gives_its_output_and_status(void **state)
{
	struct arena a = ARENA_INIT;
	struct command_result r;
	struct err e;
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(run_sh("echo out; echo err >&2; exit 3", 5000, 4096, &r, &e), 0);
	assert_int_equal(r.status, 3);
	assert_string_equal(r.first_error, "err");
	assert_int_equal(io_read_all(r.out, 100, &a, &text, &n, "out", &e), 0);
	assert_string_equal(text, "out\n");
	assert_int_equal(write(r.out, "x", 1), -1);
	close(r.out);
	arena_clear(&a);
}

static void a_command_gets_no_environment(void **state)
{
	struct command_result r;
	struct err e;
	char text[64] = "";

	(void)state;
	setenv("RD_SECRET", "1", 1);
	assert_int_equal(run_sh("echo \"${RD_SECRET-none}\"", 5000, 4096, &r, &e), 0);
	assert_true(read(r.out, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "none\n");
	close(r.out);
}

static void a_command_that_overruns_is_ended_with_its_children(void **state)
{
	int64_t start = io_monotonic_ms();
	struct command_result r;
	struct err e;

	(void)state;
	assert_int_equal(run_sh("sleep 60 & sleep 60", 200, 4096, &r, &e), -1);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_true(io_monotonic_ms() - start < 3000);
	assert_int_equal(run_sh("head -c 100000 /dev/zero", 5000, 4096, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(run_sh("yes", 60000, 4096, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(run_sh("yes >&2", 60000, 4096, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
}

/* As cPanel's programs do, to logs of any size. */
static void a_commands_own_files_may_be_larger_than_its_output(void **state)
{
	const char *const script =
		"exec 3>>\"$1/log\"; head -c 8192 /dev/zero >&3 && echo done";
	const char *argv[] = { "/bin/sh", "-c", script, "sh", dir, NULL };
	const struct command c = {
		.argv = argv, .deadline_ms = 5000, .max_output = 4096, .keep_fd = -1,
	};
	struct command_result r;
	struct err e;

	(void)state;
	assert_int_equal(run_command(&c, &r, &e), 0);
	assert_int_equal(r.status, 0);
	assert_int_equal(lseek(r.out, 0, SEEK_END), 5);
	close(r.out);
}

static json_object *member(const char *key, const char *value)
{
	json_object *o = json_object_new_object();

	json_put_text(o, key, value);
	return o;
}

static void a_long_list_is_printed_as_a_list_of_its_members(void **state)
{
	struct json_list l = JSON_LIST_INIT, none = JSON_LIST_INIT, more = JSON_LIST_INIT;
	json_object *o = json_object_new_object();

	(void)state;
	json_list_add(&l, member("a", "1/\"\n"));
	json_list_join(&l, &more);
	json_list_add(&more, member("b", NULL));
	json_list_join(&l, &more);
	json_object_object_add(o, "list", json_list_end(&l));
	json_object_object_add(o, "none", json_list_end(&none));
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
			    "{\"list\":[{\"a\":\"1/\\\"\\n\"},{\"b\":null}],\"none\":[]}");
	json_object_put(o);
}

static void a_command_that_is_talked_to_is_heard_on_both_sides(void **state)
{
	const char *argv[] = { "/bin/sh", "-c", "echo err >&2; cat; echo more >&2", NULL };
	const struct command c = {
		.argv = argv, .deadline_ms = 5000, .max_output = 4096, .keep_fd = -1,
		.input = "hello\n", .errors_too = true,
	};
	struct arena a = ARENA_INIT;
	struct command_result r;
	struct err e;
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(run_command(&c, &r, &e), 0);
	assert_int_equal(io_read_all(r.out, 100, &a, &text, &n, "out", &e), 0);
	assert_string_equal(text, "hello\nerr\nmore\n");
	assert_int_equal(write(r.out, "x", 1), -1);
	close(r.out);
	arena_clear(&a);
}

static void json_of_strangers_is_read_within_limits(void **state)
{
	char deep[200];
	json_object *o;
	struct err e;

	(void)state;
	o = json_read("{\"a\":\"7\",\"b\":1,\"c\":null}", 24, "x", &e);
	assert_non_null(o);
	assert_int_equal(json_number(o, "a", -1), 7);
	assert_int_equal(json_flag(o, "b"), 1);
	assert_int_equal(json_flag(o, "c"), -1);
	assert_int_equal(json_count(json_member(o, "c")), 0);
	json_object_put(o);
	memset(deep, '[', sizeof(deep));
	assert_null(json_read(deep, sizeof(deep), "x", &e));
	assert_null(json_read("<html>", 6, "x", &e));
	assert_null(json_read("{\"a\":", 5, "x", &e));
	assert_null(json_read("{} {}", 5, "x", &e));
	assert_null(json_read("", 0, "x", &e));
}

static void an_error_can_quote_the_one_before_it(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_STALE, "the file has no line of %s", "TCP_OUT");
	assert_int_equal(err_set(&e, ERR_UNAVAILABLE, "%.200s; and it was not put back: %.200s",
				 "no answer on 22", e.text), -1);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_string_equal(e.text, "no answer on 22; and it was not put back: "
			    "the file has no line of TCP_OUT");
}

static void bytes_that_are_not_utf8_are_shown_as_escapes(void **state)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" }, { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xff", "\\xFF" }, { "\xc3", "\\xC3" }, { "\xc0\xaf", "\\xC0\\xAF" },
		{ "\xed\xa0\x80", "\\xED\\xA0\\x80" }, { "\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80" },
		{ "a\xe2\x82", "a\\xE2\\x82" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_object *o = json_new_text(cases[i][0]);

		assert_string_equal(json_object_get_string(o), cases[i][1]);
		json_object_put(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_at_lf_and_lose_their_cr),
		cmocka_unit_test(numbers_are_digits_within_their_limit),
		cmocka_unit_test(domains_are_recognised_and_nothing_else),
		cmocka_unit_test(a_suffix_matches_at_label_boundaries_only),
		cmocka_unit_test(accounts_are_recognised_and_nothing_else),
		cmocka_unit_test(control_bytes_are_shown),
		cmocka_unit_test(addresses_are_equal_by_value),
		cmocka_unit_test(all_of_a_slice_is_an_address_or_it_is_none),
		cmocka_unit_test(private_addresses_are_told_from_public_ones),
		cmocka_unit_test(addresses_of_the_books_are_told_from_real_ones),
		cmocka_unit_test(a_map_finds_what_was_put_there),
		cmocka_unit_test(a_buffer_stops_at_its_limit_and_keeps_what_it_had),
		cmocka_unit_test(only_plain_files_are_opened),
		cmocka_unit_test(replacing_a_file_is_whole_or_not_at_all),
		cmocka_unit_test(a_command_gives_its_output_and_status),
		cmocka_unit_test(a_command_gets_no_environment),
		cmocka_unit_test(a_command_that_overruns_is_ended_with_its_children),
		cmocka_unit_test(a_commands_own_files_may_be_larger_than_its_output),
		cmocka_unit_test(a_long_list_is_printed_as_a_list_of_its_members),
		cmocka_unit_test(a_command_that_is_talked_to_is_heard_on_both_sides),
		cmocka_unit_test(json_of_strangers_is_read_within_limits),
		cmocka_unit_test(an_error_can_quote_the_one_before_it),
		cmocka_unit_test(bytes_that_are_not_utf8_are_shown_as_escapes),
	};

	return cmocka_run_group_tests_name("base", tests, make_dir, remove_dir);
}
