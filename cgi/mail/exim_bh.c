#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_bh.h"

#define TEXT_KEPT 1000
#define ASKS_KEPT 400
#define LOG_KEPT 300

bool bh_accepts(const struct bh_answer *x)
{
	return x->stage == BH_RCPT && x->code >= 200 && x->code < 300;
}

const char *bh_stage_name(enum bh_stage s)
{
	static const char *const names[] = {
		[BH_CONNECT] = "connect", [BH_HELO] = "EHLO", [BH_MAIL] = "MAIL",
		[BH_RCPT] = "RCPT",
	};

	return names[s];
}

const char *bh_by_name(enum bh_by b)
{
	static const char *const names[] = {
		[BH_BY_LOGIN] = "login", [BH_BY_ADDRESS] = "address",
		[BH_BY_DOMAIN] = "domain",
	};

	return names[b];
}

struct slice bh_item_file(const char *item)
{
	struct slice s = slice_of(item);
	size_t at;

	if (cursor_find(s, ";/", &at))
		return slice_trim(cursor_drop(s, at + 1));
	return (struct slice){ *item == '/' ? item : NULL, s.n };
}

/* ---- replies ------------------------------------------------------------ */

/* "550-text" or "550 text". */
static bool is_reply(struct slice line, unsigned *code, bool *last)
{
	uint64_t n;

	if (line.n < 3 || !slice_uint((struct slice){ line.p, 3 }, 599, &n) || n < 200 ||
	    (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
		return false;
	*code = (unsigned)n;
	*last = line.n == 3 || line.p[3] == ' ';
	return true;
}

/* The replies come first, the trace behind them. */
static struct slice replies_of(struct slice text)
{
	struct slice rest = text, line;

	while (slice_line(&rest, &line))
		if (slice_starts(line, ">>> ") || slice_starts(line, "LOG: "))
			return (struct slice){ text.p, (size_t)(line.p - text.p) };
	return text;
}

/* The next whole reply of the session; false at the end. */
static bool next_reply(struct slice *text, struct arena *a, struct bh_answer *out)
{
	struct slice line;
	bool last = false;

	out->text = "";
	while (!last && slice_line(text, &line)) {
		struct slice words;

		if (!is_reply(line, &out->code, &last))
			continue;
		words = cursor_drop(line, line.n > 3 ? 4 : 3);
		if (strlen(out->text) + words.n < TEXT_KEPT)
			out->text = arena_printf(a, "%s%s%.*s", out->text,
						 *out->text ? "\n" : "",
						 (int)words.n, words.p);
	}
	return last;
}

static void for_all(struct bh_session *s, const struct bh_answer *x, enum bh_stage stage)
{
	for (size_t i = 0; i < s->n; i++) {
		s->answer[i] = *x;
		s->answer[i].stage = stage;
	}
	s->whole = true;
}

/* Greeting, EHLO and MAIL are for everybody; then one reply a recipient. */
static void take_replies(struct bh_session *s, struct slice text, struct arena *a)
{
	for (enum bh_stage stage = BH_CONNECT; stage < BH_RCPT; stage++) {
		struct bh_answer x = { .code = 0 };

		if (!next_reply(&text, a, &x))
			return;
		if (x.code >= 300) {
			for_all(s, &x, stage);
			return;
		}
	}
	for (size_t i = 0; i < s->n; i++) {
		struct bh_answer *x = &s->answer[i];

		x->stage = BH_RCPT;
		if (!next_reply(&text, a, x)) {
			x->code = 0;
			return;
		}
	}
	s->whole = true;
}

/* ---- trace -------------------------------------------------------------- */

struct trace {
	struct bh_session *s;
	struct arena *a;
	const char *rcpt_acl;
	size_t block;		/* recipients' ACL runs seen */
	unsigned depth;		/* ACLs that it calls, within it */
	struct slice item;	/* of the last line: the client is in it */
	struct bh_decision now;
	struct {		/* "+relay_hosts" is this item */
		struct slice name, item;
	} named[BH_LISTS_MAX];
	size_t nnamed;
};

static struct slice quoted(struct slice *s)
{
	size_t at;
	struct slice out = { NULL, 0 };

	if (!cursor_take(s, "\"") || !cursor_find(*s, "\"", &at))
		return out;
	out = (struct slice){ s->p, at };
	*s = cursor_drop(*s, at + 1);
	return out;
}

static const char *copy(struct trace *t, struct slice s)
{
	return arena_strndup(t->a, s.p, s.n);
}

/* processing "accept" (/etc/exim.conf 41) */
static void take_verb(struct trace *t, struct slice line)
{
	struct slice verb = quoted(&line), file, number;
	uint64_t n;

	line = slice_trim(line);
	if (!verb.p || !cursor_take(&line, "(") || !line.n || line.p[line.n - 1] != ')')
		return;
	line.n--;
	number = line;
	while (memchr(number.p, ' ', number.n))
		slice_cut(&number, ' ');
	if (!slice_uint(number, 10000000, &n) || number.n >= line.n)
		return;
	file = (struct slice){ line.p, line.n - number.n - 1 };
	t->now = (struct bh_decision){
		.acl = t->rcpt_acl, .verb = copy(t, verb), .file = copy(t, file),
		.line = (unsigned)n, .asks = "",
	};
}

/* A condition without its '!': what a test session answers otherwise. */
static void take_limits(struct bh_session *s, struct slice check)
{
	size_t at;

	s->ratelimit |= slice_starts(check, "ratelimit ");
	s->encrypted |= slice_starts(check, "encrypted ") ||
		cursor_find(check, "$tls_", &at) || cursor_find(check, "tls_in_", &at);
	s->callout |= slice_starts(check, "verify ") && cursor_find(check, "/callout", &at);
}

static void take_check(struct trace *t, struct slice line)
{
	static const struct { const char *word; enum bh_by by; } says[] = {
		{ "authenticated ", BH_BY_LOGIN }, { "domains ", BH_BY_DOMAIN },
	};
	struct slice check = line;

	cursor_take(&check, "!");
	take_limits(t->s, check);
	if (!t->block || t->depth || !t->now.verb)
		return;
	for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++)
		if (slice_starts(line, says[i].word) && t->now.by != BH_BY_LOGIN)
			t->now.by = says[i].by;
	if (strlen(t->now.asks) + line.n < ASKS_KEPT)
		t->now.asks = arena_printf(t->a, "%s%s%.*s", t->now.asks,
			*t->now.asks ? "; " : "", (int)line.n, line.p);
}

static void note_list(struct trace *t, struct slice item)
{
	struct bh_session *s = t->s;
	bool accept = t->block && !t->depth && t->now.verb && !strcmp(t->now.verb, "accept");
	size_t i = 0;

	while (i < s->nlists && !slice_eq(item, s->list[i].item))
		i++;
	if (i == BH_LISTS_MAX)
		return;
	if (i == s->nlists)
		s->list[s->nlists++] = (struct bh_list){ copy(t, item), false };
	s->list[i].by_accept |= accept;
}

static struct slice item_of(const struct trace *t, struct slice matched)
{
	if (!slice_starts(matched, "+"))
		return matched;
	for (size_t i = 0; i < t->nnamed; i++)
		if (matched.n == t->named[i].name.n &&
		    !memcmp(matched.p, t->named[i].name.p, matched.n))
			return t->named[i].item;
	return t->item;
}

static void remember(struct trace *t, struct slice matched, struct slice item)
{
	if (slice_starts(matched, "+") && item.p && t->nnamed < BH_LISTS_MAX) {
		t->named[t->nnamed].name = matched;
		t->named[t->nnamed++].item = item;
	}
}

/* host in "net-iplsearch;/etc/relayhosts"? yes (matched "…"); a named list comes
 * after what it holds, and alone once it is known. */
static void take_host(struct trace *t, struct slice line)
{
	struct slice list = quoted(&line), matched, item;

	if (!list.p || !cursor_take(&line, "? "))
		return;
	for (struct slice rest = list; rest.n;) {
		struct slice one = slice_trim(slice_cut(&rest, ':'));
		char *text = arena_strndup(t->a, one.p, one.n);

		if (bh_item_file(text).p)
			note_list(t, one);
	}
	if (!cursor_take(&line, "yes (matched "))
		return;
	matched = quoted(&line);
	item = item_of(t, matched);
	remember(t, matched, item);
	t->item = item;
	if (!t->block || t->depth || !item.p || slice_starts(item, "+"))
		return;
	t->now.matched = copy(t, item);
	if (t->now.by != BH_BY_LOGIN)
		t->now.by = BH_BY_ADDRESS;
}

static void end_block(struct trace *t)
{
	if (!t->block || t->block > t->s->n)
		return;
	if (!bh_accepts(&t->s->answer[t->block - 1]))
		t->now.by = BH_BY_UNKNOWN;
	t->s->answer[t->block - 1].decision = t->now;
}

static bool is_rcpt_acl(const struct trace *t, struct slice *line)
{
	struct slice name = quoted(line);

	return name.p && t->rcpt_acl && slice_eq(name, t->rcpt_acl);
}

static void take_using(struct trace *t, struct slice line)
{
	if (!is_rcpt_acl(t, &line)) {
		t->depth++;
		return;
	}
	end_block(t);
	t->block++;
	t->depth = 0;
	t->now = (struct bh_decision){ .verb = NULL };
}

static void take_end(struct trace *t, struct slice line)
{
	if (!is_rcpt_acl(t, &line) && t->depth)
		t->depth--;
}

static void take_endpass(struct trace *t, struct slice line)
{
	(void)line;
	if (t->depth)
		t->depth--;
}

static void take_verb_here(struct trace *t, struct slice line)
{
	if (t->block && !t->depth)
		take_verb(t, line);
}

static void take_trace(struct trace *t, struct slice text)
{
	static const struct {
		const char *starts;
		void (*take)(struct trace *t, struct slice line);
	} lines[] = {
		{ "using ACL ", take_using }, { "end of ACL ", take_end },
		{ "processing ", take_verb_here }, { "check ", take_check },
		{ "host in ", take_host },
		{ "accept: endpass encountered", take_endpass },
		{ "discard: endpass encountered", take_endpass },
	};
	struct slice line, log = { NULL, 0 };

	while (slice_line(&text, &line)) {
		if (cursor_take(&line, "LOG: "))
			log = line;
		if (!cursor_take(&line, ">>> "))
			continue;
		line = slice_trim(line);
		for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
			if (cursor_take(&line, lines[i].starts)) {
				lines[i].take(t, line);
				break;
			}
	}
	end_block(t);
	t->s->log = log.p ? arena_strndup(t->a, log.p, log.n < LOG_KEPT ? log.n : LOG_KEPT) : NULL;
}

/* A recipient without a run of the ACL would shift all behind it. */
static void forget_decisions(struct bh_session *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->answer[i].decision = (struct bh_decision){ .verb = NULL };
}

void exim_bh_read(struct slice text, size_t n, const char *rcpt_acl, struct arena *a,
		  struct bh_session *out)
{
	struct trace t = { .s = out, .a = a, .rcpt_acl = rcpt_acl };

	memset(out, 0, sizeof(*out));
	out->n = n < BH_RECIPIENTS_MAX ? n : BH_RECIPIENTS_MAX;
	take_replies(out, replies_of(text), a);
	take_trace(&t, text);
	if (t.block != out->n)
		forget_decisions(out);
}

/* ------------------------------------------------------------------------- */

static bool is_word(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", s.p[i]) || !s.p[i])
			return false;
	return s.n && s.n <= 64;
}

const char *exim_authenticator(struct slice bp, struct arena *a)
{
	struct slice line;
	size_t at;

	while (slice_line(&bp, &line))
		if (is_word(line) &&
		    (cursor_find(line, "plain", &at) || cursor_find(line, "login", &at)))
			return arena_strndup(a, line.p, line.n);
	return NULL;
}
