#include <string.h>

#include "mail/cursor.h"
#include "mail/domain_list.h"

/* Exim reads a line in pieces of this size (fgets into 4096 bytes). */
#define EXIM_PIECE	4095

#define BOM_UTF8	"\xef\xbb\xbf"
#define BOM_UTF16_LE	"\xff\xfe"
#define BOM_UTF16_BE	"\xfe\xff"

/* isspace() in the C locale, which is what Exim asks. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice skip_space(struct slice s)
{
	while (s.n && is_space(*s.p))
		s.p++, s.n--;
	return s;
}

static struct slice trim_end(struct slice s)
{
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Up to white space, or to the colon that ends a key. */
static struct slice word(struct slice s, bool is_key)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && !is_space(s.p[n]) && !(is_key && s.p[n] == ':'))
		n++;
	return (struct slice){ s.p, n };
}

static bool take_domain(char out[DOMAIN_TEXT_MAX], struct slice s)
{
	return text_take_domain(out, DOMAIN_TEXT_MAX, s);
}

static struct slice without_dots(struct slice s)
{
	while (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

/*
 * What follows the opening quote up to the closing one, "\c" read as c, into
 * buf. Numeric and control escapes make no domain name: the key is then left
 * as it stands.
 */
static struct slice dequote(struct slice s, char buf[DOMAIN_TEXT_MAX])
{
	size_t n = 0;
	struct slice raw = s;

	for (; s.n && *s.p && *s.p != '"'; s = cursor_drop(s, 1)) {
		if (*s.p == '\\' && s.n > 1)
			s = cursor_drop(s, 1);
		if (n == DOMAIN_TEXT_MAX)
			return raw;
		buf[n++] = *s.p;
	}
	return (struct slice){ buf, n };
}

static bool set(struct domain_list_entry *out, enum domain_list_kind kind,
		const char *why)
{
	out->kind = kind;
	out->why = why;
	return true;
}

/* A key that is no domain name: what was meant, and what is wrong with it. */
static bool diagnose(struct slice key, struct domain_list_entry *out)
{
	if (slice_starts(key, BOM_UTF8)) {
		take_domain(out->domain, without_dots(cursor_drop(key, 3)));
		return set(out, LIST_ENTRY_UNUSABLE,
			   "a byte order mark stands before the name");
	}
	if (slice_starts(key, BOM_UTF16_LE) || slice_starts(key, BOM_UTF16_BE))
		return set(out, LIST_ENTRY_UNUSABLE,
			   "the file is UTF-16 text; Exim reads plain ASCII");
	if (slice_starts(key, "*") || slice_starts(key, "^"))
		return set(out, LIST_ENTRY_WILDCARD,
			   "a pattern matches nothing in a plain look-up");
	if (take_domain(out->domain, without_dots(key)))
		return set(out, LIST_ENTRY_UNUSABLE, "the name ends in a dot");
	return set(out, LIST_ENTRY_UNUSABLE, "this is not a domain name");
}

/* A line that begins with white space belongs to the one before it. Only where
 * it looks like a misplaced domain is there something to say. */
static bool continuation(struct slice line, struct domain_list_entry *out)
{
	struct slice name = without_dots(word(skip_space(line), true));

	if (!name.n || !memchr(name.p, '.', name.n) ||
	    !take_domain(out->domain, name))
		return false;
	return set(out, LIST_ENTRY_UNUSABLE,
		   "a blank stands before the name, which makes the line a continuation of the one above");
}

static bool keyed(struct domain_list *l, struct slice line,
		  struct domain_list_entry *out)
{
	char buf[DOMAIN_TEXT_MAX];
	struct slice key;

	if (take_domain(out->domain, line))	/* as nearly every line */
		return set(out, LIST_ENTRY_MEMBER, NULL);
	key = *line.p == '"' ? dequote(cursor_drop(trim_end(line), 1), buf) :
		word(line, true);

	if (*line.p != '"' && key.n < line.n && line.p[key.n] != ':')
		l->spare = cursor_drop(line, key.n);
	if (take_domain(out->domain, key))
		return set(out, LIST_ENTRY_MEMBER, NULL);
	return diagnose(key, out);
}

static bool swallowed(struct slice line, struct domain_list_entry *out)
{
	if (!take_domain(out->domain, word(line, true)))
		return false;
	return set(out, LIST_ENTRY_UNUSABLE,
		   "the line above holds a NUL byte, which makes Exim pass over this one");
}

/* Exim takes the piece for as long as its C string: without the LF at the end
 * of that, it thinks the line goes on. */
static bool looks_unended(struct slice line)
{
	struct slice last = cursor_drop(line, line.n / EXIM_PIECE * EXIM_PIECE);

	return last.n && memchr(last.p, '\0', last.n);
}

static bool read_line(struct domain_list *l, struct slice line,
		      struct domain_list_entry *out)
{
	bool skip = l->swallow;

	out->line = l->line;
	out->text = trim_end(line);
	out->domain[0] = '\0';
	l->spare = (struct slice){ NULL, 0 };
	l->swallow = looks_unended(line);
	if (!skip_space(line).n || *line.p == '#')
		return false;
	if (skip)
		return swallowed(line, out);
	if (is_space(*line.p))
		return continuation(line, out);
	return keyed(l, line, out);
}

/* What nearly every line is: a name and nothing else. */
static bool plain(struct domain_list *l, struct slice line, struct domain_list_entry *out)
{
	out->line = l->line;
	out->text = line;
	return !l->swallow && take_domain(out->domain, line) &&
		set(out, LIST_ENTRY_MEMBER, NULL);
}

/* The next further word of the line that looks like a domain: somebody wrote
 * two names on one line, or the lines end in CR alone. */
static bool spare_word(struct domain_list *l, struct domain_list_entry *out)
{
	while (l->spare.n) {
		struct slice w = word(skip_space(l->spare), false);

		if (!w.n || *w.p == '#') {
			l->spare.n = 0;
			return false;
		}
		l->spare = cursor_drop(l->spare, (size_t)(w.p - l->spare.p) + w.n);
		out->line = l->line;
		out->text = w;
		out->domain[0] = '\0';
		if (memchr(w.p, '.', w.n) && take_domain(out->domain, without_dots(w)))
			return set(out, LIST_ENTRY_UNUSABLE,
				   "it stands behind another name on one line, and only the first counts");
	}
	return false;
}

void domain_list_init(struct domain_list *l, struct slice text)
{
	memset(l, 0, sizeof(*l));
	l->rest = text;
}

bool domain_list_next(struct domain_list *l, struct domain_list_entry *out)
{
	if (spare_word(l, out))
		return true;
	while (l->rest.n) {
		struct slice line = slice_cut(&l->rest, '\n');

		l->line++;
		if (plain(l, line, out) || read_line(l, line, out))
			return true;
		if (spare_word(l, out))
			return true;
	}
	return false;
}

unsigned domain_list_lines(const struct domain_list *l)
{
	return l->line;
}
