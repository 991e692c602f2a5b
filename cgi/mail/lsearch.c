#include <string.h>

#include "mail/cursor.h"
#include "mail/lsearch.h"

/* isspace() in the C locale, which is what Exim asks. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice trim_start(struct slice s)
{
	while (s.n && is_space(*s.p))
		s = cursor_drop(s, 1);
	return s;
}

static struct slice trim_end(struct slice s)
{
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

void lsearch_init(struct lsearch *l, struct slice text, char mark, struct arena *a)
{
	*l = (struct lsearch){ .arena = a, .rest = text, .mark = mark };
}

/* The next line of rest without its mark; rest is what follows it. */
static struct slice cut_line(const struct lsearch *l, struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	if (l->mark && line.n && *line.p == l->mark)
		line = cursor_drop(line, 1);
	return trim_end(line);
}

static bool says_nothing(struct slice line)
{
	return !line.n || *line.p == '#';
}

/* A quoted key: "\c" read as c. *s is left behind the closing quote. */
static struct slice quoted(struct lsearch *l, struct slice *s)
{
	char *out = arena_strndup(l->arena, s->p, s->n);
	size_t n = 0;

	for (*s = cursor_drop(*s, 1); s->n && *s->p != '"'; *s = cursor_drop(*s, 1)) {
		if (*s->p == '\\' && s->n > 1)
			*s = cursor_drop(*s, 1);
		out[n++] = *s->p;
	}
	if (s->n)
		*s = cursor_drop(*s, 1);
	return (struct slice){ out, n };
}

static struct slice take_key(struct lsearch *l, struct slice *s)
{
	struct slice key = { s->p, 0 };

	if (*s->p == '"')
		return quoted(l, s);
	while (key.n < s->n && s->p[key.n] != ':' && !is_space(s->p[key.n]))
		key.n++;
	*s = cursor_drop(*s, key.n);
	return key;
}

/* The next line of rest goes on with a value. */
static bool goes_on(const struct lsearch *l, struct slice *rest, struct slice *line)
{
	if (!rest->n)
		return false;
	*line = cut_line(l, rest);
	return line->n && is_space(*line->p);
}

/* How long the value becomes with the lines that go on with it. */
static size_t length_with(const struct lsearch *l, struct slice first)
{
	struct slice rest = l->rest, line;
	size_t n = first.n;

	while (goes_on(l, &rest, &line))
		n += line.n + 1;
	return n;
}

static void append(char *out, size_t *n, struct slice s)
{
	if (s.n > LSEARCH_VALUE_MAX - *n)
		s.n = LSEARCH_VALUE_MAX - *n;
	memcpy(out + *n, s.p, s.n);
	*n += s.n;
}

/* The value with the lines that go on with it, which are taken off. */
static struct slice joined(struct lsearch *l, struct slice first)
{
	size_t all = length_with(l, first), n = 0;
	struct slice rest = l->rest, line;
	char *out;

	if (all == first.n)
		return first;
	if (all > LSEARCH_VALUE_MAX) {
		all = LSEARCH_VALUE_MAX;
		l->odd++;
	}
	out = arena_zalloc(l->arena, all + 1);
	append(out, &n, first);
	while (goes_on(l, &rest, &line)) {
		append(out, &n, SLICE(" "));
		append(out, &n, trim_start(line));
		l->rest = rest;
		l->line++;
	}
	return (struct slice){ out, n };
}

static void pass_over(struct lsearch *l)
{
	l->odd++;
	if (!l->rest.n)
		return;
	cut_line(l, &l->rest);
	l->line++;
}

static void read_entry(struct lsearch *l, struct slice line, struct lsearch_entry *out)
{
	out->line = l->line;
	out->key = take_key(l, &line);
	line = trim_start(line);
	cursor_take(&line, ":");
	out->value = joined(l, trim_start(line));
}

bool lsearch_next(struct lsearch *l, struct lsearch_entry *out)
{
	while (l->rest.n) {
		struct slice line = cut_line(l, &l->rest);

		l->line++;
		if (says_nothing(line) || is_space(*line.p))
			continue;
		if (memchr(line.p, '\0', line.n)) {
			pass_over(l);
			continue;
		}
		read_entry(l, line, out);
		return true;
	}
	return false;
}
