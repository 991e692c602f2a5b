#include <string.h>
#include <strings.h>

#include "mail/cursor.h"
#include "mail/received.h"

#define NAME_MAX_SHOWN 253

struct hop {
	struct slice from, by;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next word of *s that stands in no comment; false at the end, or at the ';' before
 * the date. */
static bool next_word(struct slice *s, struct slice *word)
{
	size_t n = 0;
	int depth = 0;

	while (s->n && (depth || is_blank(*s->p) || *s->p == '(')) {
		depth += (*s->p == '(') - (*s->p == ')');
		*s = cursor_drop(*s, 1);
	}
	while (n < s->n && !is_blank(s->p[n]) && s->p[n] != '(' && s->p[n] != ';')
		n++;
	*word = (struct slice){ s->p, n };
	*s = cursor_drop(*s, n);
	return n > 0;
}

/* A name with a dot, or an address in brackets: others ("localhost", a user) are no
 * host of the outside. */
static bool is_host(struct slice s)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:[]";

	if (!s.n || s.n > NAME_MAX_SHOWN || (!memchr(s.p, '.', s.n) && *s.p != '['))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(allowed, s.p[i]))
			return false;
	return true;
}

static bool same(struct slice a, struct slice b)
{
	return a.n == b.n && !strncasecmp(a.p, b.p, a.n);
}

/* A step from a host to itself is a program on it, which hands the mail on. */
static bool read_hop(struct slice value, struct hop *h)
{
	struct slice word;

	if (!next_word(&value, &word) || word.n != 4 || strncasecmp(word.p, "from", 4) ||
	    !next_word(&value, &h->from))
		return false;
	while (next_word(&value, &word))
		if (word.n == 2 && !strncasecmp(word.p, "by", 2))
			return next_word(&value, &h->by) && is_host(h->from) &&
				is_host(h->by) && !same(h->from, h->by);
	return false;
}

/* The next field with its continuation lines; false at the blank line that ends them. */
static bool next_field(struct slice *text, struct slice *field)
{
	struct slice line;

	if (!slice_line(text, field) || !field->n)
		return false;
	while (text->n && (*text->p == ' ' || *text->p == '\t')) {
		slice_line(text, &line);
		field->n = (size_t)(line.p + line.n - field->p);
	}
	if (field->n > RECEIVED_FIELD_MAX)
		field->n = RECEIVED_FIELD_MAX;
	return true;
}

static size_t read_hops(struct slice headers, struct hop *hop)
{
	static const char name[] = "Received:";
	struct slice field;
	size_t n = 0;

	while (headers.n && (*headers.p == '\n' || *headers.p == '\r'))
		headers = cursor_drop(headers, 1);
	while (n < RECEIVED_LINES_MAX && next_field(&headers, &field))
		if (field.n > sizeof(name) && !strncasecmp(field.p, name, sizeof(name) - 1) &&
		    read_hop(cursor_drop(field, sizeof(name) - 1), &hop[n]))
			n++;
	return n;
}

static const char *keep(struct arena *a, struct slice s)
{
	return text_lower(arena_strndup(a, s.p, s.n));
}

void received_rounds(struct slice headers, struct arena *a, struct received_round *out)
{
	struct hop hop[RECEIVED_LINES_MAX];
	size_t n = read_hops(headers, hop), most = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		unsigned times = 0;

		for (size_t j = i; j < n; j++)
			times += same(hop[i].from, hop[j].from) && same(hop[i].by, hop[j].by);
		if (times > 1 && times > out->times) {
			out->times = times;
			most = i;
		}
	}
	if (!out->times)
		return;
	out->from = keep(a, hop[most].from);
	out->by = keep(a, hop[most].by);
}
