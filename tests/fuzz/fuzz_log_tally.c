#include <stdlib.h>
#include <string.h>

#include "mail/log_event.h"
#include "mail/log_tally.h"
#include "mail/login_nets.h"
#include "mail/open_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define TODAY 20781	/* 2026-11-24 */

static struct log_tally *shared_tally(void)
{
	static struct log_tally *t;
	static struct arena a;

	if (!t) {
		t = arena_zalloc(&a, sizeof(*t));
		log_tally_init(t, TODAY, 7, &a);
	}
	return t;
}

static void plain(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			abort();
}

/* What is kept is printable, and no more than was counted. */
static void check(const struct log_tally *t, uint64_t lines)
{
	struct log_tally_name x;
	uint64_t counted = 0;

	for (size_t i = 0; log_tally_name(t, i, &x); i++)
		plain(x.name);
	for (size_t i = 0; log_tally_row(t, i, &x); i++) {
		plain(x.rule);
		plain(x.domain);
		plain(x.account);
		counted += x.n;
		if ((*x.domain && !text_is_domain(x.domain)) || !log_is_judged(x.class))
			abort();
	}
	if (counted > lines)
		abort();
}

/* The first byte says of which log the lines are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice rest = { (const char *)data, n }, line;
	struct log_tally *t = shared_tally();
	struct log_facts told = { .counted = false };
	struct arena a = ARENA_INIT;
	uint64_t lines = 0;

	if (!n)
		return 0;
	t->kind = (enum log_kind)(data[0] % NLOG_KINDS);
	rest.p++, rest.n--;
	for (; slice_line(&rest, &line); lines++)
		log_tally_line(t, line);
	check(t, lines);
	log_tally_tell(t, "d.example", &a, &told);
	for (size_t i = 0; i < told.nlogins; i++) {
		plain(told.logins[i].who);
		if (log_login_near(&told, &told.logins[i].ip) != &told.logins[i])
			abort();
	}
	log_tally_clear(t);
	arena_clear(&a);
	return 0;
}
