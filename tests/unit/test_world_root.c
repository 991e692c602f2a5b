#include <fcntl.h>
#include <limits.h>
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
#include <zlib.h>

#include "base/run.h"
#include "mail/arrivals.h"
#include "sources/addresses.h"
#include "sources/lists.h"
#include "sources/log.h"
#include "sources/world.h"

/* A directory that looks like a server's root, made anew for each test. */
struct box {
	char dir[40];
	int fd;
	struct arena arena;
	struct facts facts;
};

static int setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	strcpy(b->dir, "/tmp/relaydoctor-root-XXXXXX");
	if (!mkdtemp(b->dir))
		return -1;
	b->fd = open(b->dir, O_RDONLY | O_DIRECTORY);
	mkdirat(b->fd, "etc", 0755);
	mkdirat(b->fd, "var", 0755);
	mkdirat(b->fd, "var/cpanel", 0755);
	mkdirat(b->fd, "var/log", 0755);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct box *b = *state;
	const char *argv[] = { "/bin/rm", "-rf", b->dir, NULL };
	const struct command c = {
		.argv = argv, .deadline_ms = 5000, .max_output = 4096, .keep_fd = -1,
	};
	struct command_result r;
	struct err e;

	if (!run_command(&c, &r, &e))
		close(r.out);
	close(b->fd);
	arena_clear(&b->arena);
	free(b);
	return 0;
}

static void put(struct box *b, const char *path, const char *text)
{
	int fd = openat(b->fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static struct world *look(struct box *b)
{
	struct err e;
	struct world *w = world_root(b->dir, NULL, &e);

	assert_non_null(w);
	memset(&b->facts, 0, sizeof(b->facts));
	addresses_gather(w, NULL, 0, &b->facts, &b->arena);
	lists_gather(w, NULL, 0, NULL, &b->facts, &b->arena);
	return w;
}

static struct domain *domain(struct box *b, const char *name)
{
	struct domain *d = facts_domain(&b->facts, name);

	assert_non_null(d);
	return d;
}

static void lists_are_read_as_exim_matches_them(void **state)
{
	struct box *b = *state;
	struct world *w;

	put(b, "etc/localdomains", "\xef\xbb\xbf" "bom.example\r\nCRLF.Example\r\n"
	    "dot.example.\n# comment\n\nlast.example");
	put(b, "etc/userdomains", "CRLF.example: shop\nsub.example: shop\n*: nobody\n");
	put(b, "etc/trueuserowners", "shop: hoster\n");
	w = look(b);
	assert_int_equal(b->facts.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_int_equal(domain(b, "crlf.example")->line[LIST_LOCAL], 2);
	assert_string_equal(domain(b, "crlf.example")->owner, "shop");
	assert_string_equal(domain(b, "crlf.example")->reseller, "hoster");
	assert_int_equal(domain(b, "last.example")->line[LIST_LOCAL], 6);
	assert_int_equal(domain(b, "dot.example")->line[LIST_LOCAL], 0);
	assert_int_equal(domain_more(domain(b, "dot.example"))->bad_line[LIST_LOCAL], 3);
	assert_int_equal(domain_more(domain(b, "bom.example"))->bad_line[LIST_LOCAL], 1);
	assert_int_equal(domain(b, "sub.example")->line[LIST_LOCAL], 0);
	assert_null(facts_domain(&b->facts, "*"));
	assert_int_equal(b->facts.nfaults, 2);
	w->ops->close(w);
}

static void missing_remote_and_secondary_lists_are_empty_ones(void **state)
{
	struct box *b = *state;
	struct world *w;

	put(b, "etc/localdomains", "a.example\n");
	put(b, "etc/userdomains", "a.example: a\n");
	w = look(b);
	assert_int_equal(b->facts.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_int_equal(b->facts.ndomains, 1);
	w->ops->close(w);
}

static void expect_blind(struct box *b, const char *word)
{
	struct world *w = look(b);

	assert_int_equal(b->facts.source[SOURCE_DOMAINS].state, SOURCE_FAILED);
	assert_non_null(strstr(b->facts.source[SOURCE_DOMAINS].why, word));
	w->ops->close(w);
}

static void a_list_that_cannot_be_read_is_a_failed_source(void **state)
{
	struct box *b = *state;
	int fd;

	expect_blind(b, "does not exist");
	assert_int_equal(mkfifoat(b->fd, "etc/localdomains", 0644), 0);
	expect_blind(b, "FIFO");
	unlinkat(b->fd, "etc/localdomains", 0);
	assert_int_equal(symlinkat("/etc/passwd", b->fd, "etc/localdomains"), 0);
	expect_blind(b, "symbolic link");
	unlinkat(b->fd, "etc/localdomains", 0);
	put(b, "etc/localdomains", "a.example\n");
	fd = openat(b->fd, "etc/localdomains", O_WRONLY);
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	expect_blind(b, "1073741824");
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(fchmod(fd, 0600), 0);
	expect_blind(b, "mode 0600");
	assert_int_equal(fchmod(fd, 0), 0);
	expect_blind(b, geteuid() ? "Permission denied" : "mode 0000");
	close(fd);
}

static bool ours(struct box *b, const char *text)
{
	struct ip ip;

	assert_true(ip_parse(&ip, text));
	return facts_own_address(&b->facts, &ip);
}

static void own_addresses_come_from_the_panels_files(void **state)
{
	struct box *b = *state;
	struct world *w;

	put(b, "etc/localdomains", "");
	put(b, "etc/wwwacct.conf", "ADDR 192.0.2.1\nHOST Box.Example\nADDR6 2001:db8::1\nNS ns1.example\n");
	put(b, "etc/ips", "192.0.2.2:255.255.255.0:192.0.2.255\nrubbish\n");
	put(b, "etc/domainips", "192.0.2.3: a.example\n2001:db8::3: b.example\n");
	put(b, "var/cpanel/mainip", "192.0.2.4");
	put(b, "var/cpanel/cpnat", "10.0.0.5 192.0.2.5\r\n127.0.0.1 198.51.100.1\n");
	w = look(b);
	assert_string_equal(b->facts.hostname, "box.example");
	assert_true(ours(b, "192.0.2.1") && ours(b, "192.0.2.2") && ours(b, "192.0.2.3") &&
		    ours(b, "192.0.2.4") && ours(b, "192.0.2.5") && ours(b, "10.0.0.5") &&
		    ours(b, "2001:db8::1") && ours(b, "2001:db8::3") && ours(b, "198.51.100.1"));
	assert_false(ours(b, "127.0.0.1"));
	assert_false(ours(b, "192.0.2.255"));
	assert_int_equal(b->facts.nown, 9);
	w->ops->close(w);
}

static void without_any_address_the_source_has_failed(void **state)
{
	struct box *b = *state;
	struct world *w;

	put(b, "etc/localdomains", "");
	w = look(b);
	assert_int_equal(b->facts.source[SOURCE_ADDRESSES].state, SOURCE_FAILED);
	w->ops->close(w);
}

static void the_log_and_its_newest_rotation_are_looked_at(void **state)
{
	struct box *b = *state;
	struct domain *d;
	struct world *w;

	put(b, "etc/localdomains", "a.example\n");
	put(b, "etc/userdomains", "a.example: a\n");
	put(b, "var/cpanel/mainip", "192.0.2.4");
	put(b, "var/log/exim_mainlog-20261101",
	    "2026-11-01 10:00:00 1tABCD-000001-AA <= x@far.example H=mx.far.example [198.51.100.7] P=esmtp S=1 for u@a.example\n");
	put(b, "var/log/exim_mainlog-20261108",
	    "2026-11-08 10:00:00 1tABCD-000002-AA <= x@far.example H=mx.far.example [198.51.100.7] P=esmtp S=1 for u@a.example\n");
	put(b, "var/log/exim_mainlog",
	    "2026-11-09 10:00:00 1tABCD-000003-AA <= x@far.example H=mx2.far.example [198.51.100.8] P=esmtp S=1 for u@a.example");
	w = look(b);
	log_gather(w, NULL, &b->facts, &b->arena);
	d = domain(b, "a.example");
	assert_int_equal(b->facts.source[SOURCE_LOG].state, SOURCE_OK);
	assert_int_equal(domain_more(d)->arrivals.count, 2);
	assert_non_null(strstr(domain_more(d)->arrivals.last_host, "mx2.far.example"));
	assert_int_equal(domain_more(d)->arrivals.last, 1794218400);
	w->ops->close(w);
}

struct told {
	char text[200];
	size_t n;
};

static void tell(void *ctx, struct slice line)
{
	struct told *t = ctx;

	assert_true(t->n + line.n + 2 < sizeof(t->text));
	memcpy(t->text + t->n, line.p, line.n);
	t->n += line.n;
	t->text[t->n++] = '|';
	t->text[t->n] = '\0';
}

static int open_in(const struct box *b, const char *path)
{
	int fd = openat(b->fd, path, O_RDONLY);

	assert_true(fd >= 0);
	return fd;
}

static void zip(const struct box *b, const char *path, const char *text)
{
	char name[PATH_MAX];
	gzFile z;

	snprintf(name, sizeof(name), "%s/%s", b->dir, path);
	z = gzopen(name, "wb");
	assert_non_null(z);
	assert_int_equal(gzputs(z, text), strlen(text));
	gzclose(z);
}

static void what_is_passed_over_in_a_long_log_is_told(void **state)
{
	struct box *b = *state;
	struct told plain = { .n = 0 }, zipped = { .n = 0 }, whole = { .n = 0 };

	put(b, "var/log/a", "one\ntwo\nthree\n");
	zip(b, "var/log/b.gz", "one\ntwo\nthree\n");
	assert_int_equal(log_lines_of(open_in(b, "var/log/a"), 8, tell, &plain), 0);
	assert_string_equal(plain.text, ARRIVALS_GAP "|three|");
	assert_int_equal(log_lines_of(open_in(b, "var/log/b.gz"), 8, tell, &zipped), 0);
	assert_string_equal(zipped.text, "one|two|" ARRIVALS_GAP "|");
	assert_int_equal(log_lines_of(open_in(b, "var/log/b.gz"), 14, tell, &whole), 0);
	assert_string_equal(whole.text, "one|two|three|");
}

static void of_two_owners_the_first_line_counts_as_in_exims_lookup(void **state)
{
	struct box *b = *state;
	struct world *w;

	put(b, "etc/localdomains", "a.example\n");
	put(b, "etc/userdomains", "A.example: first\na.example: second\n");
	w = look(b);
	assert_string_equal(domain(b, "a.example")->owner, "first");
	w->ops->close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_are_read_as_exim_matches_them, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_remote_and_secondary_lists_are_empty_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_that_cannot_be_read_is_a_failed_source, setup, teardown),
		cmocka_unit_test_setup_teardown(own_addresses_come_from_the_panels_files, setup, teardown),
		cmocka_unit_test_setup_teardown(without_any_address_the_source_has_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(the_log_and_its_newest_rotation_are_looked_at, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_passed_over_in_a_long_log_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(of_two_owners_the_first_line_counts_as_in_exims_lookup, setup, teardown),
	};

	return cmocka_run_group_tests_name("world_root", tests, NULL, NULL);
}
