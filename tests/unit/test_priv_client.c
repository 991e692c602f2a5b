#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "priv/client.h"

/* A helper whose answer waits in the socket before it is asked. */
struct meeting {
	struct priv_client c;
	int helper;
};

static struct meeting meet(const void *answer, size_t n)
{
	struct meeting m;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	m.c.fd = ends[0];
	m.helper = ends[1];
	if (answer)
		assert_int_equal(send(m.helper, answer, n, 0), (ssize_t)n);
	return m;
}

static void part(struct meeting *m)
{
	priv_close(&m->c);
	if (m->helper >= 0)
		close(m->helper);
}

static struct priv_reply reply_of(int32_t code, const char *text)
{
	struct priv_reply r = { .version = PRIV_VERSION, .code = code };

	snprintf(r.text, sizeof(r.text), "%s", text);
	return r;
}

static int ask(struct meeting *m, const char *name, struct priv_reply *r,
	       struct err *e)
{
	return priv_ask(&m->c, "exim_bv", name, NULL, NULL, -1, r, NULL, e);
}

static void a_request_ends_in_zeros(void **state)
{
	struct priv_reply good = reply_of(0, ""), r;
	struct meeting m = meet(&good, sizeof(good));
	struct priv_request q;
	struct err e;

	(void)state;
	assert_int_equal(ask(&m, "x", &r, &e), 0);
	assert_int_equal(recv(m.helper, &q, sizeof(q), 0), sizeof(q));
	assert_int_equal(q.version, PRIV_VERSION);
	assert_string_equal(q.verb, "exim_bv");
	assert_string_equal(q.name, "x");
	for (size_t i = 1; i < sizeof(q.name); i++)
		assert_int_equal(q.name[i], 0);
	part(&m);
}

static void a_refusal_carries_the_helpers_sentence(void **state)
{
	struct priv_reply no = reply_of(ERR_STALE, "changed meanwhile"), r;
	struct meeting m = meet(&no, sizeof(no));
	struct err e;

	(void)state;
	assert_int_equal(ask(&m, NULL, &r, &e), -1);
	assert_int_equal(e.code, ERR_STALE);
	assert_string_equal(e.text, "changed meanwhile");
	assert_true(m.c.fd >= 0);
	part(&m);
}

static void a_helper_that_closed_has_said_why(void **state)
{
	struct priv_reply no = reply_of(ERR_LIMIT, "too many"), r;
	struct meeting m = meet(&no, sizeof(no));
	struct err e;

	(void)state;
	close(m.helper);
	m.helper = -1;
	assert_int_equal(ask(&m, NULL, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	part(&m);
}

static void a_helper_that_says_nothing_is_unavailable(void **state)
{
	struct meeting m = meet(NULL, 0);
	struct priv_reply r;
	struct err e;

	(void)state;
	shutdown(m.helper, SHUT_WR);
	assert_int_equal(ask(&m, NULL, &r, &e), -1);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_int_equal(m.c.fd, -1);
	assert_int_equal(ask(&m, NULL, &r, &e), -1);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	part(&m);
}

static void an_answer_that_is_none_closes_the_connection(void **state)
{
	struct priv_reply bad[4];
	struct priv_reply r;
	struct err e;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		bad[i] = reply_of(0, "");
	bad[0].version++;
	bad[1].code = 99;
	memset(bad[2].text, 'x', sizeof(bad[2].text));
	for (size_t i = 0; i < 4; i++) {
		struct meeting m = meet(&bad[i], sizeof(*bad) - (i == 3));

		assert_int_equal(ask(&m, NULL, &r, &e), -1);
		assert_int_equal(e.code, ERR_UNAVAILABLE);
		assert_int_equal(m.c.fd, -1);
		part(&m);
	}
}

static void an_argument_that_does_not_fit_is_not_sent(void **state)
{
	struct meeting m = meet(NULL, 0);
	struct priv_reply r;
	char name[257];
	struct err e;

	(void)state;
	memset(name, 'n', 256);
	name[256] = '\0';
	assert_int_equal(ask(&m, name, &r, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_int_equal(recv(m.helper, &r, sizeof(r), MSG_DONTWAIT), -1);
	part(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_ends_in_zeros),
		cmocka_unit_test(a_refusal_carries_the_helpers_sentence),
		cmocka_unit_test(a_helper_that_closed_has_said_why),
		cmocka_unit_test(a_helper_that_says_nothing_is_unavailable),
		cmocka_unit_test(an_answer_that_is_none_closes_the_connection),
		cmocka_unit_test(an_argument_that_does_not_fit_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
