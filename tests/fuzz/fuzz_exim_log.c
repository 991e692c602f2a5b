#include <stdlib.h>

#include "mail/arrivals.h"
#include "mail/cursor.h"
#include "mail/exim_log.h"
#include "mail/exim_log_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void inside(struct slice part, struct slice line)
{
	if (part.n && (part.p < line.p || part.p + part.n > line.p + line.n))
		abort();
}

/* The pieces alone, on text that no other piece has looked at before. */
static void check_parts(struct slice line)
{
	struct exim_log_line x = { .type = EXIM_LOG_OTHER };
	struct exim_log_tail tail;
	struct slice s = line;

	inside(cursor_address(&s), line);
	inside(s, line);
	if (cursor_quoted(&s))
		inside(s, line);
	exim_log_host(line, &x, &tail);
	inside(tail.auth, line);
	inside(tail.after, line);
	if (!x.host.present || (x.host.ambiguous && x.host.ip.family))
		abort();
}

static void check(struct slice line)
{
	struct exim_log_line x;

	exim_log_parse(line, &x);
	inside(x.msgid, line);
	inside(x.host.name, line);
	inside(x.host.helo, line);
	inside(x.auth_by, line);
	inside(x.addr, line);
	inside(x.orig, line);
	inside(x.router, line);
	inside(x.transport, line);
	inside(x.rcpts, line);
	inside(x.text, line);
	if (x.host.ambiguous && (x.host.ip.family || x.host.name.n))
		abort();
}

/* One for all inputs: the ring of messages is too large to make each time. */
static struct arrival_look *shared_look(void)
{
	static struct ip own = { .family = 4, .bytes = { 192, 0, 2, 1 } };
	static struct domain domains[] = { { .name = "a.example" }, { .name = "b.example" } };
	static struct facts f = { .domains = domains, .ndomains = 2, .own = &own, .nown = 1 };
	static struct arena a;
	static struct arrival_look *look;

	if (!look)
		look = arrival_look_new(&f, &a, NULL);
	return look;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice rest = { (const char *)data, n }, line;

	while (slice_line(&rest, &line)) {
		check(line);
		check_parts(line);
		arrival_look_line(shared_look(), line);
	}
	return 0;
}
