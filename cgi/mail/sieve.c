#include <string.h>
#include <strings.h>

#include "mail/cursor.h"
#include "mail/sieve.h"

void sieve_init(struct sieve *s, struct slice text)
{
	*s = (struct sieve){ .rest = text, .line = 1 };
}

static void step(struct sieve *s, size_t n)
{
	for (; n && s->rest.n; n--) {
		s->line += *s->rest.p == '\n';
		s->rest = cursor_drop(s->rest, 1);
	}
}

static bool begins(const struct sieve *s, const char *word)
{
	size_t n = strlen(word);

	return s->rest.n >= n && !strncasecmp(s->rest.p, word, n);
}

static void skip_line(struct sieve *s)
{
	while (s->rest.n && *s->rest.p != '\n')
		step(s, 1);
	step(s, 1);
}

/* Past blanks and both kinds of comments. */
static void skip(struct sieve *s)
{
	while (s->rest.n) {
		if (*s->rest.p == ' ' || (*s->rest.p >= '\t' && *s->rest.p <= '\r')) {
			step(s, 1);
		} else if (*s->rest.p == '#') {
			skip_line(s);
		} else if (begins(s, "/*")) {
			while (s->rest.n && !begins(s, "*/"))
				step(s, 1);
			step(s, 2);
		} else {
			return;
		}
	}
}

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TAG, TOKEN_TEXT, TOKEN_MARK };

struct token {
	enum token_kind kind;
	struct slice text;
	unsigned line;
};

static void take_quoted(struct sieve *s, struct token *t)
{
	step(s, 1);
	t->text.p = s->rest.p;
	while (s->rest.n && *s->rest.p != '"')
		step(s, *s->rest.p == '\\' ? 2 : 1);
	t->text.n = (size_t)(s->rest.p - t->text.p);
	step(s, 1);
}

/* "text:", then lines to one that is a dot alone. */
static void take_lines(struct sieve *s, struct token *t)
{
	skip_line(s);
	t->text = (struct slice){ s->rest.p, 0 };
	while (s->rest.n && !begins(s, ".\n") && !begins(s, ".\r\n"))
		skip_line(s);
	t->text.n = (size_t)(s->rest.p - t->text.p);
	skip_line(s);
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		c == '_';
}

static struct token take(struct sieve *s)
{
	struct token t;

	skip(s);
	t = (struct token){ TOKEN_END, { s->rest.p, 0 }, s->line };
	if (!s->rest.n)
		return t;
	t.kind = *s->rest.p == '"' || begins(s, "text:") ? TOKEN_TEXT :
		*s->rest.p == ':' ? TOKEN_TAG : is_word(*s->rest.p) ? TOKEN_WORD : TOKEN_MARK;
	if (*s->rest.p == '"') {
		take_quoted(s, &t);
	} else if (t.kind == TOKEN_TEXT) {
		take_lines(s, &t);
	} else {
		t.text.n = 1;
		while (t.kind != TOKEN_MARK && t.text.n < s->rest.n && is_word(t.text.p[t.text.n]))
			t.text.n++;
		step(s, t.text.n);
	}
	return t;
}

static bool says(const struct token *t, const char *word)
{
	return t->text.n == strlen(word) && !strncasecmp(t->text.p, word, t->text.n);
}

static const struct {
	const char *word;
	enum sieve_action action;
} actions[] = {
	{ "redirect", SIEVE_REDIRECT }, { "fileinto", SIEVE_FILEINTO }, { "keep", SIEVE_KEEP },
	{ "discard", SIEVE_DISCARD }, { "reject", SIEVE_REJECT }, { "ereject", SIEVE_REJECT },
	{ "vacation", SIEVE_VACATION }, { "include", SIEVE_INCLUDE },
};

/* The arguments of a command, to its end: ';', or '{' where a block begins. */
static void take_arguments(struct sieve *s, struct sieve_command *out)
{
	for (;;) {
		struct token t = take(s);

		if (t.kind == TOKEN_TEXT)
			out->text = t.text;
		else if (t.kind == TOKEN_TAG)
			out->copy |= says(&t, ":copy");
		else if (t.kind == TOKEN_MARK && says(&t, "{"))
			s->depth++;
		if (t.kind == TOKEN_END || (t.kind == TOKEN_MARK && (says(&t, "{") || says(&t, ";"))))
			return;
	}
}

static bool read_command(struct sieve *s, const struct token *t, struct sieve_command *out)
{
	memset(out, 0, sizeof(*out));
	out->line = t->line;
	out->conditional = s->depth > 0 || s->maybe;
	if (says(t, "stop")) {
		s->over |= !s->depth;
		s->maybe |= s->depth > 0;
	}
	take_arguments(s, out);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (!says(t, actions[i].word))
			continue;
		out->action = actions[i].action;
		if (out->action == SIEVE_REDIRECT)
			redirect_address(out->address, out->text);
		return true;
	}
	return false;
}

bool sieve_next(struct sieve *s, struct sieve_command *out)
{
	while (!s->over) {
		struct token t = take(s);

		if (t.kind == TOKEN_END)
			return false;
		if (t.kind == TOKEN_MARK && says(&t, "}"))
			s->depth -= s->depth > 0;
		else if (t.kind == TOKEN_WORD && read_command(s, &t, out))
			return true;
	}
	return false;
}
