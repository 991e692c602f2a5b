#include <string.h>

#include "mail/cursor.h"
#include "mail/mail_filter.h"

bool filter_is_headed(struct slice text, const char *words)
{
	size_t n = strlen(words);

	if (!cursor_take(&text, "#"))
		return false;
	while (text.n && (*text.p == ' ' || *text.p == '\t'))
		text = cursor_drop(text, 1);
	return text.n >= n && !strncasecmp(text.p, words, n);
}

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

static const struct {
	const char *word;
	enum filter_verb verb;
	bool takes;		/* a word or a text follows */
} commands[] = {
	{ "deliver", FILTER_DELIVER, true }, { "save", FILTER_SAVE, true },
	{ "pipe", FILTER_PIPE, true }, { "fail", FILTER_FAIL, false },
	{ "mail", FILTER_ANSWER, false }, { "vacation", FILTER_ANSWER, false },
};

static void note(struct mail_filter *m, unsigned line, enum filter_verb verb,
		 struct filter_command *out)
{
	memset(out, 0, sizeof(*out));
	out->verb = verb;
	out->line = line;
	out->conditional = m->depth > 0 || m->maybe;
	out->unseen = verb == FILTER_ANSWER ? !m->was_seen : m->was_unseen;
	m->was_unseen = m->was_seen = false;
}

/* What ends the filter, for every message or for those of a condition. */
static void finish(struct mail_filter *m)
{
	m->over |= !m->depth;
	m->maybe |= m->depth && !m->for_errors;
}

static void read_command(struct mail_filter *m, size_t i, unsigned line,
			 struct filter_command *out)
{
	struct token argument;

	note(m, line, commands[i].verb, out);
	if (commands[i].verb == FILTER_FAIL)
		finish(m);
	if (!commands[i].takes || !take(m, &argument))
		return;
	out->text = argument.text;
	if (commands[i].verb == FILTER_DELIVER)
		redirect_address(out->address, argument.text);
}

static bool take_condition(struct mail_filter *m, const struct token *t)
{
	if (says(t, "if") || says(t, "elif")) {
		m->depth += says(t, "if");
		m->in_condition = true;
		m->for_errors = false;
	} else if (says(t, "then")) {
		m->in_condition = false;
	} else if (m->in_condition && says(t, "error_message")) {
		m->for_errors = true;
	}
	return m->in_condition;
}

bool mail_filter_next(struct mail_filter *m, struct filter_command *out)
{
	struct token t;

	while (!m->over && take(m, &t)) {
		if (take_condition(m, &t))
			continue;
		for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
			if (says(&t, commands[i].word)) {
				read_command(m, i, t.line, out);
				return true;
			}
		if (says(&t, "finish")) {
			bool seen = m->was_seen;

			note(m, t.line, FILTER_DISCARD, out);
			finish(m);
			if (seen)
				return true;
		}
		m->depth -= m->depth && says(&t, "endif");
		if (!says(&t, "noerror")) {
			m->was_unseen = says(&t, "unseen");
			m->was_seen = says(&t, "seen");
		}
	}
	return false;
}
