#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

/* What was refused, and why: "RCPT <a@b>: why". */

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ARG_MAX 100	/* Exim cuts what a client said here */

/*
 * How long the address is that a client gave with RCPT or MAIL, brackets
 * included: quoted strings and comments may hold anything, ">: " too. 0: it has
 * no end within what Exim logs of it.
 */
static size_t address_end(struct slice s)
{
	size_t n = s.n < ARG_MAX ? s.n : ARG_MAX, depth = 0;
	size_t end = cursor_until((struct slice){ s.p, n }, '>');
	bool quoted = false, angle = false;

	/* Nearly all are as simple as that. */
	if (end < n && *s.p == '<' && !cursor_has((struct slice){ s.p, end }, '"') &&
	    !cursor_has((struct slice){ s.p, end }, '('))
		return end + 1;
	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		if (c == '\\' && (quoted || depth))
			i++;
		else if (c == '"' && !depth)
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth)
			depth--;
		else if (depth)
			continue;
		else if (c == '<')
			angle = true;
		else if (c == '>' && angle)
			return i + 1;
		else if (!angle && c == ':' && (i + 1 == s.n || s.p[i + 1] == ' '))
			return i;
	}
	return s.n <= ARG_MAX && !angle && !quoted && !depth ? s.n : 0;
}

bool exim_log_reason(struct slice s, struct exim_log_line *out)
{
	if (s.n && !cursor_take(&s, ": ") && !slice_eq(s, ":"))
		return false;
	if (s.n)
		out->text = s;
	return true;
}

/* "<address>" and ": why", or the first ARG_MAX bytes of it. */
static bool take_address(struct slice s, struct slice *out, struct exim_log_line *line)
{
	size_t n = address_end(s);
	struct slice given = { s.p, n };

	if (!n) {
		n = s.n < ARG_MAX ? s.n : ARG_MAX;
		given.n = n;
		line->truncated = true;
	}
	if (given.n && *given.p == '<') {
		given = cursor_drop(given, 1);
		if (!line->truncated && given.n)
			given.n--;
	}
	*out = given;
	return exim_log_reason(cursor_drop(s, n), line);
}

/* An argument that is no address: nothing in it ends it but the first ": ". */
static bool take_argument(struct slice s, struct exim_log_line *out)
{
	size_t n = s.n;

	cursor_find(s, ": ", &n);
	if (n)
		out->arg = (struct slice){ s.p, n };
	return exim_log_reason(cursor_drop(s, n), out);
}

bool exim_log_refused(struct slice s, struct exim_log_line *out)
{
	static const struct {
		const char *said, *what;
		char arg;	/* 'r' and 'm': an address; 'a': something; 0: none */
	} whats[] = {
		{ "RCPT ", "RCPT", 'r' }, { "MAIL ", "MAIL", 'm' },
		{ "EHLO or HELO ", "HELO", 'a' }, { "HELO or EHLO ", "HELO", 'a' },
		{ "after DATA PRDR", "DATA", 0 }, { "after DATA", "DATA", 0 },
		{ "DATA", "DATA", 0 }, { "connection in \"connect\" ACL", "CONNECT", 0 },
		{ "during MIME ACL checks", "MIME", 0 }, { "DKIM", "DKIM", 0 },
		{ "by local_scan()", "LOCAL_SCAN", 0 }, { "by non-SMTP ACL", "NON_SMTP", 0 },
		{ "VRFY ", "VRFY", 'a' }, { "EXPN ", "EXPN", 'a' },
		{ "ETRN ", "ETRN", 'a' }, { "AUTH ", "AUTH", 'a' },
		{ "STARTTLS", "STARTTLS", 0 }, { "QUIT", "QUIT", 0 },
	};

	for (size_t i = 0; i < COUNT(whats); i++) {
		if (!cursor_take(&s, whats[i].said))
			continue;
		out->what = whats[i].what;
		if (whats[i].arg == 'r')
			return take_address(s, &out->rcpt, out);
		if (whats[i].arg == 'm')
			return take_address(s, &out->sender, out);
		if (whats[i].arg == 'a' && !take_argument(s, out))
			return false;
		if (slice_eq(slice_of(out->what), "AUTH"))
			out->arg = slice_cut(&out->arg, ' ');
		return whats[i].arg ? true : exim_log_reason(s, out);
	}
	return false;
}
