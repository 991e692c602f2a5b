#include <string.h>

#include "mail/cursor.h"
#include "mail/smtp_reply.h"
#include "mail/smtp_talk.h"

#define WORD_KEPT 300	/* bytes of anything that the server said */

/* What the server's next lines answer. */
enum stage { AT_BANNER, AT_EHLO, AT_STARTTLS, AT_OTHER };

struct reading {
	struct arena *arena;
	struct smtp_talk *out;
	enum stage stage;
	bool within;		/* TLS */
	bool first;		/* no line of this reply was seen yet */
};

static const char *keep(struct reading *r, struct slice s)
{
	return arena_strndup(r->arena, s.p, s.n < WORD_KEPT ? s.n : WORD_KEPT);
}

/* Only the first end counts: what comes after it is its consequence. */
static void end(struct reading *r, enum talk_state state, const char *why)
{
	if (r->out->state == TALK_UNKNOWN)
		r->out->state = state;
	if (!r->out->why)
		r->out->why = why;
}

/* ---- what we noted ------------------------------------------------------ */

static void broken(struct reading *r, struct slice why)
{
	end(r, TALK_NOT_SMTP, keep(r, why));
}

static void tls(struct reading *r, struct slice rest)
{
	if (cursor_take(&rest, "failed")) {
		r->out->tls = TALK_TLS_BROKEN;
		r->out->tls_why = keep(r, slice_trim(rest));
		end(r, TALK_TLS_FAILS, r->out->tls_why);
		return;
	}
	r->out->tls = TALK_TLS_WORKS;
	r->out->tls_version = keep(r, rest);
	r->within = true;
}

static void note(struct reading *r, struct slice s)
{
	static const struct {
		const char *word;
		enum talk_state state;
		const char *why;
	} ends[] = {
		{ "refused", TALK_REFUSED, "the connection was refused" },
		{ "no answer", TALK_UNREACHED, "the connection was not answered in time" },
		{ "silent", TALK_SILENT, "it was silent for too long" },
		{ "closed", TALK_CLOSED, "it closed the connection" },
	};
	uint64_t until;

	if (slice_starts(s, "names "))
		r->out->names = slice_eq(s, "names us") ? TALK_NAMES_US : TALK_NAMES_OTHERS;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (slice_eq(s, ends[i].word))
			end(r, ends[i].state, ends[i].why);
	if (cursor_take(&s, "error "))
		end(r, TALK_UNREACHED, keep(r, s));
	else if (cursor_take(&s, "broken "))
		broken(r, s);
	else if (cursor_take(&s, "tls "))
		tls(r, s);
	else if (cursor_take(&s, "certificate "))
		r->out->certificate = keep(r, s);
	else if (cursor_take(&s, "until ") && slice_uint(s, INT64_MAX, &until))
		r->out->certificate_until = (int64_t)until;
}

/* ---- what was said ------------------------------------------------------ */

static void banner(struct reading *r, unsigned code, struct slice text)
{
	if (r->first)
		r->out->banner = keep(r, text);
	if (code == 220)
		r->out->state = TALK_ANSWERS;
	else
		end(r, TALK_TURNED_AWAY, arena_printf(r->arena, "%u %s", code,
						      keep(r, text)));
}

static void ehlo(struct reading *r, unsigned code, struct slice text)
{
	const char **auth = r->within ? &r->out->auth_within : &r->out->auth_before;
	struct slice rest;

	if (code != 250)
		return;
	*(r->within ? &r->out->ehlo_within : &r->out->ehlo_before) = true;
	if (!r->first && smtp_keyword(text, "AUTH", &rest) && rest.n && !*auth)
		*auth = keep(r, rest);
}

static void starttls(struct reading *r, unsigned code, struct slice text)
{
	if (code == 220)
		return;
	r->out->tls = TALK_TLS_BROKEN;
	r->out->tls_why = arena_printf(r->arena, "STARTTLS is answered with %u %s",
				       code, keep(r, text));
}

static void heard(struct reading *r, struct slice line)
{
	struct slice text;
	unsigned code;
	bool more;

	if (!smtp_reply_line(line, &code, &more, &text)) {
		broken(r, SLICE("what came is no SMTP"));
		return;
	}
	if (r->stage == AT_BANNER)
		banner(r, code, text);
	else if (r->stage == AT_EHLO)
		ehlo(r, code, text);
	else if (r->stage == AT_STARTTLS)
		starttls(r, code, text);
	r->first = !more;
}

static void sent(struct reading *r, struct slice command)
{
	r->first = true;
	r->stage = slice_starts(command, "EHLO") ? AT_EHLO :
		slice_starts(command, "STARTTLS") ? AT_STARTTLS : AT_OTHER;
}

void smtp_talk_read(struct slice transcript, struct arena *a,
		    struct smtp_talk *out)
{
	struct reading r = { .arena = a, .out = out, .first = true };
	struct slice line;

	memset(out, 0, sizeof(*out));
	out->state = TALK_UNKNOWN;
	while (slice_line(&transcript, &line)) {
		if (cursor_take(&line, "< "))
			heard(&r, line);
		else if (cursor_take(&line, "> "))
			sent(&r, line);
		else if (cursor_take(&line, "= "))
			note(&r, line);
	}
	if (out->state == TALK_UNKNOWN && !out->why)
		out->why = "the conversation came to no end";
}
