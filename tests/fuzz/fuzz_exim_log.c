#include <stdlib.h>

#include "base/json.h"
#include "mail/arrivals.h"
#include "mail/cursor.h"
#include "mail/exim_log.h"
#include "mail/exim_log_parts.h"
#include "mail/heavy.h"
#include "mail/log_summary.h"
#include "mail/when.h"
#include "render/log_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void inside(struct slice part, struct slice line)
{
	if (part.n && (part.p < line.p || part.p + part.n > line.p + line.n))
		abort();
}

/* The pieces alone, on text that no other piece has looked at before. */
static void check_parts(struct slice line)
{
	struct slice s = line;

	inside(cursor_address(&s), line);
	inside(s, line);
	if (cursor_quoted(&s))
		inside(s, line);
}

static void check(struct slice line, const struct exim_log_line *x)
{
	const struct slice parts[] = {
		x->msgid, x->host.name, x->host.helo, x->sender, x->addr, x->parents,
		x->orig, x->rcpt, x->rcpts, x->arg, x->command, x->text, x->auth,
		x->set_id, x->detail, x->login, x->subject, x->cwd, x->ts.said,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		inside(parts[i], line);
	if (x->nfields > EXIM_LOG_FIELDS || x->ncandidates > EXIM_LOG_CANDIDATES)
		abort();
	for (size_t i = 0; i < x->nfields; i++) {
		inside(x->field[i].key, line);
		inside(x->field[i].value, line);
	}
	if (x->host.ambiguous && (x->host.ip.family || x->host.name.n || x->rcpt.n))
		abort();
}

/* One value that json-c reads as an object. */
static void check_json(const struct exim_log_line *x)
{
	static struct buf b = BUF_INIT(1u << 20);
	json_object *o;
	struct err e;

	b.len = 0;
	log_line_json(&b, x);
	o = json_read(b.data, b.len, "the line", &e);
	if (!json_object_is_type(o, json_type_object) || !json_text(o, "type"))
		abort();
	json_object_put(o);
	b.len = 0;
	log_line_text(&b, x);
	for (size_t i = 0; i + 1 < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20 || b.data[i] == 0x7f)
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

/* Counts add up, and no table grows. */
static void check_summary(struct slice all)
{
	static struct log_summary s;
	static struct arena a;
	static uint64_t lines;
	struct log_probes p;
	struct slice line;

	if (!a.head)
		log_summary_init(&s, &(struct log_since){ .given = false }, 0, &a);
	for (; slice_line(&all, &line); lines++)
		log_summary_line(&s, line);
	p = log_summary_probes(&s);	/* which looks at all networks so far */
	if (s.lines != lines || s.domains.used > SUMMARY_NAMES || p.refusals > s.refused)
		abort();
}

static void check_time(struct slice line)
{
	int64_t wall;
	bool zulu;

	if (when_read(line, &wall, &zulu) && line.n < 10)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice rest = { (const char *)data, n }, line;
	struct exim_log_line x;

	while (slice_line(&rest, &line)) {
		exim_log_parse(line, &x);
		check(line, &x);
		check_json(&x);
		exim_log_parse_body(line, &x);
		check(line, &x);
		check_parts(line);
		arrival_look_line(shared_look(), line);
		check_time(line);
	}
	check_summary((struct slice){ (const char *)data, n });
	return 0;
}
