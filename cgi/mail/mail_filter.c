#include <string.h>

#include "mail/cursor.h"
#include "mail/mail_filter.h"

void mail_filter_init(struct mail_filter *m, struct slice text, char mark)
{
	*m = (struct mail_filter){ .rest = text, .mark = mark, .at_start = true, .line = 1 };
}

static void step(struct mail_filter *m)
{
	m->at_start = *m->rest.p == '\n';
	m->line += m->at_start;
	m->rest = cursor_drop(m->rest, 1);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '(' || c == ')';
}

/* To the next word, past blanks, comments and the marks of lines. */
static bool skip(struct mail_filter *m)
{
	while (m->rest.n) {
		char c = *m->rest.p;

		if (m->at_start && m->mark && c == m->mark) {
			m->rest = cursor_drop(m->rest, 1);
			m->at_start = false;
		} else if (is_blank(c)) {
			step(m);
		} else if (c == '#') {
			while (m->rest.n && *m->rest.p != '\n')
				m->rest = cursor_drop(m->rest, 1);
		} else {
			m->at_start = false;
			return true;
		}
	}
	return false;
}

struct token {
	struct slice text;
	unsigned line;
	bool quoted;
};

static void take_quoted(struct mail_filter *m, struct token *out)
{
	m->rest = cursor_drop(m->rest, 1);
	out->text.p = m->rest.p;
	while (m->rest.n && *m->rest.p != '"') {
		if (*m->rest.p == '\\' && m->rest.n > 1)
			step(m);
		step(m);
	}
	out->text.n = (size_t)(m->rest.p - out->text.p);
	if (m->rest.n)
		m->rest = cursor_drop(m->rest, 1);
	m->at_start = false;
}

static bool take(struct mail_filter *m, struct token *out)
{
	if (!skip(m))
		return false;
	*out = (struct token){ .text = { m->rest.p, 0 }, .line = m->line };
	if (*m->rest.p == '"') {
		out->quoted = true;
		take_quoted(m, out);
		return true;
	}
	while (out->text.n < m->rest.n && !is_blank(m->rest.p[out->text.n]))
		out->text.n++;
	m->rest = cursor_drop(m->rest, out->text.n);
	return true;
}

static bool says(const struct token *t, const char *word)
{
	return !t->quoted && slice_eq(t->text, word);
}

static void read_deliver(struct mail_filter *m, unsigned line, struct filter_command *out)
{
	struct token to;

	memset(out, 0, sizeof(*out));
	out->line = line;
	out->conditional = m->depth > 0;
	out->unseen = m->was_unseen;
	m->was_unseen = false;
	if (!take(m, &to))
		return;
	out->text = to.text;
	redirect_address(out->address, to.text);
}

bool mail_filter_next(struct mail_filter *m, struct filter_command *out)
{
	struct token t;

	while (take(m, &t)) {
		if (says(&t, "deliver")) {
			read_deliver(m, t.line, out);
			return true;
		}
		m->depth += says(&t, "if");
		m->depth -= m->depth && says(&t, "endif");
		m->was_unseen = says(&t, "unseen");
	}
	return false;
}
