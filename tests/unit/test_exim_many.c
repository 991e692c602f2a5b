#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "sources/exim.h"

/* A world whose Exim is this: what it prints for each address that it is asked. */
struct fake {
	struct world w;
	const char *flood;	/* the address that is forwarded to very many */
	const char *malformed;	/* the address that Exim does not take for one */
	int asked;
};

static struct arena arena;

static void print_one(struct buf *b, const struct fake *x, struct slice address)
{
	if (x->flood && slice_eq(address, x->flood))
		for (int i = 0; i < 300; i++)
			buf_printf(b, "r%d@elsewhere.example\n    <-- %s\n"
				   "  router = lookuphost, transport = remote_smtp\n", i, x->flood);
	else if (x->malformed && slice_eq(address, x->malformed))
		buf_puts(b, "syntax error: malformed address: _b.example may not follow postmaster@a\n");
	else if (slice_starts(address, "postmaster@away"))
		buf_printf(b, "%.*s\n  router = lookuphost, transport = remote_smtp\n"
			   "  host mx.%.*s [192.0.2.9] MX=10\n", (int)address.n, address.p,
			   (int)address.n - 11, address.p + 11);
	else
		buf_printf(b, "%.*s\n  router = virtual_user, transport = virtual_userdelivery\n",
			   (int)address.n, address.p);
}

static int command(struct world *w, enum world_command c, const char *arg,
		   const char *arg2, struct arena *a, char **out, size_t *n,
		   struct err *e)
{
	struct fake *x = (struct fake *)w;
	struct slice more = slice_of(arg2);
	struct buf b = BUF_INIT(1u << 20);

	(void)e;
	assert_int_equal(c, WORLD_EXIM_BT);
	assert_true(!arg2 || strlen(arg2) <= WORLD_BT_MORE);
	x->asked++;
	print_one(&b, x, slice_of(arg));
	while (more.n)
		print_one(&b, x, slice_cut(&more, ' '));
	*out = arena_strdup(a, b.data);
	*n = b.len;
	buf_free(&b);
	return 0;
}

static const struct world_ops ops = { .kind = "fake", .command = command };

#define N 100

static void ask(struct fake *x, struct exim_route out[N])
{
	const char *addresses[N];

	for (int i = 0; i < N; i++)
		addresses[i] = arena_printf(&arena, "postmaster@%s%d.example",
					    i % 3 ? "here" : "away", i);
	exim_routes_ask(&x->w, addresses, N, NULL, NULL, &arena, out);
	for (int i = 0; i < N; i++) {
		if ((x->flood && !strcmp(addresses[i], x->flood)) ||
		    (x->malformed && !strcmp(addresses[i], x->malformed)))
			continue;
		assert_int_equal(out[i].kind, i % 3 ? EXIM_ROUTE_LOCAL : EXIM_ROUTE_REMOTE);
		assert_string_equal(out[i].address, addresses[i]);
		if (i % 3 == 0)
			assert_string_equal(out[i].hosts[0].name,
					    arena_printf(&arena, "mx.away%d.example", i));
	}
}

static void many_addresses_are_few_questions_and_each_has_its_own_route(void **state)
{
	struct fake x = { .w = { .ops = &ops } };
	struct exim_route routes[N];

	(void)state;
	ask(&x, routes);
	assert_true(x.asked < N / 10);
}

static void a_neighbour_that_floods_hides_no_route(void **state)
{
	struct fake x = { .w = { .ops = &ops }, .flood = "postmaster@here1.example" };
	struct exim_route routes[N];

	(void)state;
	ask(&x, routes);
	assert_non_null(routes[1].asked);
}

/* As of a subdomain with an underscore, which the panel takes. */
static void a_neighbour_that_exim_takes_for_no_address_hides_no_route(void **state)
{
	struct fake x = { .w = { .ops = &ops }, .malformed = "postmaster@here1.example" };
	struct exim_route routes[N];

	(void)state;
	ask(&x, routes);
	assert_int_equal(routes[1].kind, EXIM_ROUTE_FAIL);
	assert_null(routes[1].address);
}

static int end(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(many_addresses_are_few_questions_and_each_has_its_own_route, end),
		cmocka_unit_test_teardown(a_neighbour_that_floods_hides_no_route, end),
		cmocka_unit_test_teardown(a_neighbour_that_exim_takes_for_no_address_hides_no_route, end),
	};

	return cmocka_run_group_tests_name("exim_many", tests, NULL, NULL);
}
