#include <string.h>
#include <strings.h>

#include "mail/bounce_text.h"
#include "mail/cursor.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* ASCII case ignored, as everywhere in mail. */
static bool find(struct slice s, const char *what, size_t *at)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.n; i++)
		if ((s.p[i] | 32) == (*what | 32) && !strncasecmp(s.p + i, what, n)) {
			*at = i;
			return true;
		}
	return false;
}

static bool starts(struct slice s, const char *what)
{
	size_t n = strlen(what);

	return s.n >= n && !strncasecmp(s.p, what, n);
}

/* ---- lines ------------------------------------------------------------ */

/* "> " of a reply that quotes; ">>>" is sendmail's. */
static struct slice unquoted(struct slice line)
{
	while (line.n && *line.p == '>' && !slice_starts(line, ">>>")) {
		line = cursor_drop(line, 1);
		cursor_take(&line, " ");
	}
	return line;
}

/* CR alone ends lines too, in text that has been through old programs. */
static struct slice cut_line(struct slice *rest)
{
	size_t n = 0;
	struct slice line;

	while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
		n++;
	line = (struct slice){ rest->p, n };
	*rest = cursor_drop(*rest, n);
	if (!cursor_take(rest, "\r\n") && rest->n)
		*rest = cursor_drop(*rest, 1);
	return line;
}

struct slice bounce_plain_lines(struct slice text, struct arena *a)
{
	char *out = arena_zalloc(a, text.n + 2);
	size_t n = 0;

	while (text.n) {
		struct slice line = unquoted(cut_line(&text));

		memcpy(out + n, line.p, line.n);
		n += line.n;
		out[n++] = '\n';
	}
	return (struct slice){ out, n };
}

/* What comes back may say anything. */
static bool begins_the_copy(struct slice line)
{
	static const char *const marks[] = {
		"this is a copy of the", "this is a copy of your message",
		"below this line is", "original message headers", "message header follows",
		"unsent message below",
	};
	size_t at;

	for (size_t i = 0; i < COUNT(marks); i++)
		if (find(line, marks[i], &at))
			return true;
	return false;
}

/* Header lines as people's programs copy them into a forwarded text. */
static bool is_header(struct slice line)
{
	static const char *const names[] = {
		"From:", "To:", "Cc:", "Subject:", "Date:", "Sent:", "Received:",
		"Message-ID:", "Return-Path:", "Reply-To:", "Betreff:", "Von:", "An:",
		"Gesendet:", "Objet :", "Objet:", "De:", "Asunto:", "Oggetto:",
		"Onderwerp:", "Temat:", "Assunto:", "\xc3\x84mne:",
	};

	line = slice_trim(line);
	while (cursor_take(&line, "*"))		/* bold */
		;
	for (size_t i = 0; i < COUNT(names); i++)
		if (starts(line, names[i]))
			return true;
	return false;
}

/* The address in a line that is nothing else: "a@b", "<a@b>:", "  a@b". */
static bool only_address(struct slice line, struct slice *out)
{
	line = slice_trim(line);
	while (line.n && strchr(":.", line.p[line.n - 1]) && line.p[line.n - 1])
		line.n--;
	if (line.n > 1 && *line.p == '<' && line.p[line.n - 1] == '>')
		line = (struct slice){ line.p + 1, line.n - 2 };
	if (line.n < 3 || !memchr(line.p, '@', line.n) || memchr(line.p, '<', line.n) ||
	    (*line.p != '"' && memchr(line.p, ' ', line.n)))
		return false;
	*out = line;
	return true;
}

/* ---- cues ------------------------------------------------------------- */

static bool speaks_for_another(struct slice s)
{
	static const char *const cues[] = {
		"smtp error from remote mail", "remote server returned", "remote server said",
		"remote host said", "remote server replied", "while talking to", "<<< ",
		"response from the remote server", "response of the remote server",
		"remote server responded", "] said: ", "destination server", "]: 5", "]: 4",
	};
	size_t at;

	for (size_t i = 0; i < COUNT(cues); i++)
		if (find(s, cues[i], &at))
			return true;
	return false;
}

/* The name behind a cue: "host NAME [", "while talking to NAME". */
static struct slice name_after(struct slice s, const char *cue)
{
	struct slice name = { NULL, 0 };
	size_t at, n = 0;

	if (!find(s, cue, &at))
		return name;
	name = cursor_drop(s, at + strlen(cue));
	while (n < name.n && ((name.p[n] | 32) >= 'a' && (name.p[n] | 32) <= 'z'))
		n++;
	for (; n < name.n && name.p[n] && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", name.p[n]); n++)
		;
	while (n && name.p[n - 1] == '.')
		n--;
	name.n = memchr(name.p, '.', n) ? n : 0;	/* a host, not a word */
	return name;
}

/* "RCPT TO:<a@b>", or "<a@b>:" in front of a reason. */
static struct slice address_in(struct slice s)
{
	struct slice t = s, none = { NULL, 0 };
	size_t at;

	if (find(s, "RCPT TO:<", &at))
		t = cursor_drop(s, at + 8);
	t = slice_trim(t);
	if (!cursor_take(&t, "<"))
		return none;
	t = slice_cut(&t, '>');
	return t.n && memchr(t.p, '@', t.n) ? t : none;
}

static void read_cues(struct bounce_block *b)
{
	size_t at;

	b->exim = find(b->words, "smtp error from remote mail server", &at) ||
		find(b->words, "smtp error from remote mailer", &at);
	b->places = speaks_for_another(b->words) ? PLACE_REMOTE :
		find(b->words, "lmtp error", &at) ? PLACE_HERE : PLACE_LOOSE;
	b->remote = name_after(b->words, "host ");
	if (!b->remote.n)
		b->remote = name_after(b->words, "while talking to ");
	if (b->places != PLACE_REMOTE)
		b->remote.n = 0;
	b->reporter = name_after(b->words, "generating server: ");
	if (!b->reporter.n)
		b->reporter = name_after(b->words, "mail system at host ");
	if (!b->recipient.n)
		b->recipient = address_in(b->words);
}

/* ---- pieces ----------------------------------------------------------- */

/* The line at the start of rest when it belongs to the piece. */
static bool takes_line(struct bounce_block *b, struct slice rest, struct slice *line)
{
	struct slice address, bare;

	if (!slice_line(&rest, line))
		return false;
	bare = slice_trim(*line);
	if (!bare.n || b->words.n + line->n > BOUNCE_BLOCK_MAX)
		return false;
	/* The next recipient, or a header line: pieces of their own. */
	return !b->words.n || (!is_header(bare) && !only_address(bare, &address));
}

static void skip_line(struct slice *text)
{
	struct slice line;

	slice_line(text, &line);
}

bool bounce_block(struct slice *text, struct bounce_block *out)
{
	struct slice line, rest = *text, first;

	memset(out, 0, sizeof(*out));
	while (rest.n) {	/* blank lines in front */
		struct slice t = rest;

		slice_line(&t, &line);
		if (slice_trim(line).n)
			break;
		rest = t;
	}
	first = rest;
	if (!slice_line(&first, &line) || begins_the_copy(line))
		return false;
	out->words.p = rest.p;
	out->header = is_header(line);
	if (only_address(line, &out->recipient)) {
		/* The reason follows, even behind a blank line. */
		skip_line(&rest);
		while (rest.n && *rest.p == '\n')
			skip_line(&rest);
		out->words.p = rest.p;
	} else if (out->header || line.n > BOUNCE_BLOCK_MAX) {
		skip_line(&rest);
		out->words.n = (size_t)(rest.p - out->words.p);
		if (out->words.n > BOUNCE_BLOCK_MAX)
			out->words.n = BOUNCE_BLOCK_MAX;
		*text = rest;
		read_cues(out);
		return true;
	}
	while (takes_line(out, rest, &line) && !begins_the_copy(line)) {
		skip_line(&rest);
		out->words.n = (size_t)(rest.p - out->words.p);
	}
	/* Something is always taken. */
	if (rest.p == text->p)
		skip_line(&rest);
	*text = rest;
	read_cues(out);
	return true;
}

struct slice bounce_copy(struct slice text)
{
	struct slice line;

	while (slice_line(&text, &line))
		if (begins_the_copy(line))
			break;
	return text;
}

/* ---- delivery status -------------------------------------------------- */

bool bounce_field(struct slice *text, struct slice *field)
{
	if (!slice_line(text, field))
		return false;
	while (field->n && text->n && (*text->p == ' ' || *text->p == '\t') &&
	       (size_t)(text->p - field->p) < BOUNCE_BLOCK_MAX) {
		skip_line(text);
		field->n = (size_t)(text->p - field->p);
	}
	return true;
}

/* ---- HTML ------------------------------------------------------------- */

static const struct {
	const char *name;
	char is;
} entities[] = {
	{ "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' },
	{ "&#39;", '\'' }, { "&#039;", '\'' }, { "&nbsp;", ' ' }, { "&#64;", '@' },
};

static bool breaks_line(struct slice tag)
{
	static const char *const names[] = {
		"<br", "<p", "</p", "<div", "</div", "<tr", "</tr", "<li", "<h", "</h",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (starts(tag, names[i]))
			return true;
	return false;
}

/* Nothing becomes longer. */
struct slice bounce_without_tags(struct slice s, struct arena *a)
{
	char *out = arena_zalloc(a, s.n + 1);
	size_t n = 0, i;

	while (s.n) {
		const char *end = *s.p == '<' ? memchr(s.p, '>', s.n) : NULL;

		if (end) {
			out[n++] = breaks_line(s) ? '\n' : ' ';
			s = cursor_drop(s, (size_t)(end - s.p) + 1);
			continue;
		}
		for (i = 0; i < COUNT(entities) && !cursor_take(&s, entities[i].name); i++)
			;
		if (i < COUNT(entities)) {
			out[n++] = entities[i].is;
			continue;
		}
		out[n++] = *s.p;
		s = cursor_drop(s, 1);
	}
	return (struct slice){ out, n };
}
