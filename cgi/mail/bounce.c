#include <string.h>
#include <strings.h>

#include "mail/bounce.h"
#include "mail/bounce_text.h"
#include "mail/credentials.h"
#include "mail/cursor.h"

#define SAID_MAX 500	/* bytes of a sentence that is shown */

struct reader {
	struct arena *arena;
	struct bounce *out;
	int best;		/* how much the decisive words say */
	bool exim;		/* an Exim wrote the report */
	bool imitated;		/* words in a header, which proves nothing */
};

static const char *keep(struct reader *r, struct slice s)
{
	s = slice_trim(s);
	return s.n ? arena_strndup(r->arena, s.p, s.n) : NULL;
}

/* ---- what decides ----------------------------------------------------- */

/* A reason outweighs "retry timeout exceeded", which outweighs a guess. */
static int weight(const struct cause *c, unsigned places)
{
	if (c->class == CAUSE_RETRY_TIMEOUT)
		return 3;
	if (cause_is_known(c))
		return 4;
	return *c->rule ? 2 : places != PLACE_LOOSE;
}

/* In one line, cut at a whole character. */
static const char *sentence(struct reader *r, struct slice s)
{
	char *out = arena_zalloc(r->arena, SAID_MAX + 1);
	size_t n = 0;

	for (; s.n && n < SAID_MAX; s = cursor_drop(s, 1)) {
		bool blank = *s.p == ' ' || *s.p == '\t' || *s.p == '\n' || *s.p == '\r';

		if (!blank)
			out[n++] = *s.p ? *s.p : ' ';
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	if (n && out[n - 1] == ' ')
		out[n - 1] = '\0';
	if (s.n)
		text_end_whole(out);
	return credentials_cut(out);
}

static bool has_exploit(const char *recipient)
{
	return recipient && strstr(recipient, "${");
}

static void consider(struct reader *r, struct slice words, unsigned places,
		     const struct bounce_block *b)
{
	struct cause c = cause_of_text(words, places);
	int w = weight(&c, places);

	/* In the mouth of another program's remote server it is our own text. */
	if (c.class == CAUSE_RELAY_REMOTE_DENIED && !r->exim && !b->exim)
		c = cause_of_text(words, PLACE_REFUSED);
	if (w <= r->best)
		return;
	r->best = w;
	r->out->cause = c;
	r->out->place = places == PLACE_REMOTE || places == PLACE_LOOSE ?
		(enum cause_place)places : PLACE_HERE;
	r->out->said = sentence(r, words);
	if (b->recipient.n)
		r->out->recipient = keep(r, b->recipient);
	if (b->remote.n)
		r->out->remote = keep(r, b->remote);
	if (c.class == CAUSE_LOOP && has_exploit(r->out->recipient))
		r->out->cause = (struct cause){ CAUSE_LOOP_EXPLOIT, "E02", WHO_NOBODY };
}

/* ---- RFC 3464 --------------------------------------------------------- */

/* "dns; host" or "rfc822; address": what follows the type. */
static struct slice after_type(struct slice value)
{
	size_t at;

	return slice_trim(cursor_find(value, ";", &at) ? cursor_drop(value, at + 1) : value);
}

/* Names and addresses stand in one line. */
static struct slice name_in(struct slice value)
{
	value = after_type(value);
	return slice_trim(slice_cut(&value, '\n'));
}

static bool is_field(struct slice line, const char *name, struct slice *value)
{
	size_t n = strlen(name);

	if (line.n <= n || strncasecmp(line.p, name, n) || line.p[n] != ':')
		return false;
	*value = slice_trim(cursor_drop(line, n + 1));
	return true;
}

/* One recipient's group has ended. */
static void close_group(struct reader *r, struct bounce_block *b, struct slice diagnostic,
			bool delivered)
{
	unsigned places = b->remote.n ? PLACE_REMOTE :
		r->exim ? PLACE_HERE | PLACE_REFUSED : PLACE_LOOSE;

	if (b->recipient.n && !delivered) {
		if (!r->out->recipient)
			r->out->recipient = keep(r, b->recipient);
		consider(r, diagnostic, places, b);
	}
	*b = (struct bounce_block){ .exim = b->exim };
}

static void read_status(struct reader *r, struct slice text)
{
	struct slice line, value, diagnostic = { NULL, 0 };
	struct bounce_block b = { .exim = false };
	bool delivered = false;

	while (bounce_field(&text, &line)) {
		if (!line.n) {
			close_group(r, &b, diagnostic, delivered);
			diagnostic = (struct slice){ NULL, 0 };
			delivered = false;
		} else if (is_field(line, "Reporting-MTA", &value)) {
			r->out->reporter = keep(r, name_in(value));
		} else if (is_field(line, "Final-Recipient", &value)) {
			if (b.recipient.n)	/* groups without a blank line */
				close_group(r, &b, diagnostic, delivered);
			b.recipient = name_in(value);
		} else if (is_field(line, "Remote-MTA", &value)) {
			b.remote = name_in(value);
		} else if (is_field(line, "Diagnostic-Code", &value)) {
			diagnostic = after_type(value);
		} else if (is_field(line, "Action", &value)) {
			delivered = value.n > 4 && (!strncasecmp(value.p, "deliv", 5) ||
						    !strncasecmp(value.p, "relay", 5) ||
						    !strncasecmp(value.p, "expan", 5));
		}
	}
	close_group(r, &b, diagnostic, delivered);
}

/* ---- words ------------------------------------------------------------ */

static void read_way(struct reader *r, struct slice headers)
{
	struct received_round round;

	received_rounds(headers, r->arena, &round);
	if (round.times > r->out->round.times)
		r->out->round = round;
}

static void read_words(struct reader *r, struct slice text)
{
	struct bounce_block b;
	size_t n = 0;

	while (n++ < BOUNCE_BLOCKS && bounce_block(&text, &b)) {
		if (b.reporter.n && !r->out->reporter)
			r->out->reporter = keep(r, b.reporter);
		if (b.header) {
			r->imitated |= cause_is_imitated(b.words);
			continue;
		}
		r->exim |= b.exim;
		if (b.places == PLACE_LOOSE && r->exim)
			b.places = PLACE_HERE | PLACE_REFUSED;
		consider(r, b.words, b.places, &b);
	}
}

static bool is_status(struct slice text)
{
	size_t at;

	return cursor_find(text, "\nDiagnostic-Code:", &at) ||
		cursor_find(text, "\nFinal-Recipient:", &at);
}

static void read_body(struct reader *r, struct slice text)
{
	text = bounce_plain_lines(text, r->arena);
	if (is_status(text))
		read_status(r, text);
	read_words(r, text);
	read_way(r, bounce_copy(text));
}

/* ---- the message ------------------------------------------------------ */

static bool is_exim(const struct bounce_message *m)
{
	size_t at;

	for (size_t i = 0; i < m->nparts; i++)
		if (!m->part[i].returned &&
		    cursor_find(m->part[i].text, BOUNCE_OF_EXIM, &at))
			return true;
	return m->failed != NULL;
}

/* "Mail Delivery System <Mailer-Daemon@host>" */
static void take_reporter(struct reader *r, const char *from)
{
	const char *at = from ? strcasestr(from, "mailer-daemon@") : NULL;

	if (at)
		r->out->reporter = keep(r, (struct slice){ at + 14, strcspn(at + 14, "> \t\r\n,;\"") });
}

static void finish(struct reader *r)
{
	struct bounce *out = r->out;

	out->found = r->best > 0;
	if (r->best <= 1 && r->imitated)
		out->cause = (struct cause){ CAUSE_SPOOF_NEGATIVE, "", WHO_NOBODY };
	if (out->cause.class == CAUSE_UNKNOWN && !*out->cause.rule &&
	    out->round.times >= RECEIVED_ROUND) {
		out->cause = (struct cause){ CAUSE_LOOP, "E01", WHO_US };
		out->found = true;
	}
}

static struct reader begin(struct arena *a, struct bounce *out)
{
	memset(out, 0, sizeof(*out));
	out->place = PLACE_LOOSE;
	out->cause = (struct cause){ CAUSE_UNKNOWN, "", WHO_NOBODY };
	return (struct reader){ .arena = a, .out = out };
}

void bounce_read(const struct bounce_message *m, struct arena *a, struct bounce *out)
{
	struct reader r = begin(a, out);

	r.exim = is_exim(m);
	r.imitated = m->subject && cause_is_imitated(slice_of(m->subject));
	take_reporter(&r, m->from);
	if (m->failed)
		out->recipient = keep(&r, slice_of(m->failed));
	for (size_t i = 0; i < m->nparts; i++)
		if (!m->part[i].returned && !strcmp(m->part[i].type, "message/delivery-status"))
			read_status(&r, bounce_plain_lines(m->part[i].text, a));
	for (size_t i = 0; i < m->nparts; i++) {
		const struct bounce_part *p = &m->part[i];

		if (p->headers)
			read_way(&r, p->text);
		if (p->returned || !strcmp(p->type, "message/delivery-status"))
			continue;
		read_body(&r, strcmp(p->type, "text/html") ? p->text :
			  bounce_without_tags(p->text, a));
	}
	finish(&r);
}

void bounce_read_text(struct slice text, struct arena *a, struct bounce *out)
{
	struct reader r = begin(a, out);
	size_t at;

	r.exim = cursor_find(text, BOUNCE_OF_EXIM, &at);
	read_body(&r, text);
	read_way(&r, bounce_plain_lines(text, a));	/* somebody's message alone */
	finish(&r);
}
