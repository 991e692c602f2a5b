#include <string.h>

#include "mail/credentials.h"
#include "mail/cursor.h"
#include "mail/explanation.h"

#define LINE_SHOWN 2000

void explanation_of_bounce(const struct bounce *b, const char *form,
			   struct explanation *out)
{
	*out = (struct explanation){
		.form = form, .cause = b->cause, .place = b->place, .said = b->said,
		.reporter = b->reporter, .remote = b->remote, .recipient = b->recipient,
		.round = b->round,
	};
}

/* ---- log lines -------------------------------------------------------- */

/* Without time, a line is believed only in a form that says something. */
static bool is_body(struct slice line, struct exim_log_line *x)
{
	static const char *const begin[] = {
		"H=", "DS H=", "U=", "** ", "== ", "<= ", "=> ", "-> ", "SMTP ", "rejected ",
		"unexpected disconnection ", "TLS error ", "refused connection ",
	};
	size_t at;
	bool known = cursor_find(line, " authenticator failed ", &at);

	for (size_t i = 0; !known && i < sizeof(begin) / sizeof(*begin); i++)
		known = slice_starts(line, begin[i]);
	if (!known)
		return false;
	exim_log_parse_body(line, x);
	if (x->flag[0] && x->type != EXIM_LOG_ARRIVAL)
		return x->addr.n && memchr(x->addr.p, '@', x->addr.n);
	return x->type > EXIM_LOG_CONTINUATION;
}

static bool read_line(struct slice line, struct exim_log_line *x)
{
	line = slice_trim(line);
	exim_log_parse(line, x);
	return x->type != EXIM_LOG_CONTINUATION || is_body(line, x);
}

/* How much a line says about why. */
static int weight(const struct exim_log_line *x, const struct cause *c)
{
	bool refusal = x->type == EXIM_LOG_REJECT;

	if (c->class == CAUSE_NOISE || (c->class == CAUSE_UNKNOWN && !*c->rule))
		return 0;
	if (c->class == CAUSE_UNKNOWN)
		return 2;
	if (c->class == CAUSE_SPOOF_NEGATIVE)
		return 1;
	if (c->class == CAUSE_RETRY_TIMEOUT)
		return 3;
	/* The line before it says why. */
	if (refusal && (c->class == CAUSE_SENDER_VERIFY_FAIL ||
			c->class == CAUSE_SENDER_VERIFY_DEFER))
		return 4;
	/* So does a login of the same client that failed. */
	return refusal && c->class == CAUSE_RELAY_UNAUTH ? 5 : 6;
}

struct story {
	struct slice text;	/* the deciding line; p NULL: none */
	struct exim_log_line line;	/* … parsed */
	struct cause cause;
	int weight;
	size_t n;
};

static bool same_client(const struct exim_log_line *a, const struct exim_log_line *b)
{
	return !a->host.ip.family || !b->host.ip.family ||
		ip_equal(&a->host.ip, &b->host.ip);
}

static bool same_message(const struct exim_log_line *a, const struct exim_log_line *b)
{
	return a->msgid.n && a->msgid.n == b->msgid.n &&
		!memcmp(a->msgid.p, b->msgid.p, a->msgid.n);
}

/* Lines about different clients and messages: the later of two causes. */
static bool decides(const struct story *s, const struct exim_log_line *x, int w)
{
	if (!s->text.p || w == s->weight)
		return true;
	if (same_message(&s->line, x) || (!x->msgid.n && same_client(&s->line, x)))
		return w > s->weight;
	return w > s->weight || (w > 3 && s->weight > 3);
}

static void read_story(struct slice text, struct story *s)
{
	struct exim_log_line x;
	struct slice line;
	struct cause c;
	int w;

	while (slice_line(&text, &line)) {
		if (!read_line(line, &x))
			continue;
		s->n++;
		c = cause_of_line(&x);
		w = weight(&x, &c);
		if (!decides(s, &x, w))
			continue;
		s->text = slice_trim(line);
		s->line = x;
		s->cause = c;
		s->weight = w;
	}
}

/* An automatic answer has no sender, and so no login at the smarthost. */
static bool answers_automatically(struct slice text, const struct exim_log_line *of)
{
	struct exim_log_line x;
	struct slice line;

	while (slice_line(&text, &line))
		if (read_line(line, &x) && x.type == EXIM_LOG_ARRIVAL &&
		    same_message(&x, of) && x.sender.p && !x.sender.n)
			return true;
	return false;
}

static bool same_text(struct slice a, struct slice b)
{
	return a.n && a.n == b.n && !memcmp(a.p, b.p, a.n);
}

/* The same client by IPv4, without a login and taken: only that address is known. */
static bool came_by_ipv4(struct slice text, const struct exim_log_line *of)
{
	struct exim_log_line x;
	struct slice line;

	while (of->host.ip.family == 6 && slice_line(&text, &line))
		if (read_line(line, &x) && x.type == EXIM_LOG_ARRIVAL &&
		    x.host.ip.family == 4 && !x.login.p && same_text(x.sender, of->sender) &&
		    same_text(x.host.helo, of->host.helo))
			return true;
	return false;
}

/* ---- what is told ----------------------------------------------------- */

static const char *keep(struct arena *a, struct slice s)
{
	return s.n ? arena_strndup(a, s.p, s.n) : NULL;
}

/* The line as it stands, unless passwords may stand in it anywhere. */
static const char *shown_line(struct arena *a, const struct story *s)
{
	size_t n = s->text.n < LINE_SHOWN ? s->text.n : LINE_SHOWN;
	char *out;

	if (s->line.type == EXIM_LOG_SMTP_SYNC_ERROR)
		return arena_printf(a, "SMTP protocol synchronization error (%.*s)",
				    (int)s->line.text.n, s->line.text.n ? s->line.text.p : "");
	out = arena_strndup(a, s->text.p, n);
	return credentials_cut(text_end_whole(out));
}

static void tell(const struct story *s, struct arena *a, struct explanation *out)
{
	const struct exim_log_line *x = &s->line;
	bool delivery = x->type == EXIM_LOG_FAIL || x->type == EXIM_LOG_DEFER ||
		x->type == EXIM_LOG_HOST_ERROR || x->type == EXIM_LOG_AUTH_FAIL_OUT ||
		x->type == EXIM_LOG_DELIVERY;
	char ip[IP_TEXT_MAX];

	out->place = x->type == EXIM_LOG_AUTH_FAIL_OUT ? PLACE_REMOTE :
		delivery ? cause_place_of(x) : PLACE_HERE;
	out->said = shown_line(a, s);
	out->recipient = keep(a, x->rcpt.n ? x->rcpt : x->orig.n ? x->orig : x->addr);
	out->sender = keep(a, x->sender);
	out->login = keep(a, exim_log_user(x));
	out->msgid = keep(a, x->msgid);
	out->time = keep(a, x->ts.said);
	if (delivery && x->host.present)
		out->remote = keep(a, x->host.name);
	else if (x->host.ip.family)
		out->client = arena_strdup(a, ip_text(ip, &x->host.ip));
	out->lines = s->n;
}

bool explanation_of_log(struct slice text, struct arena *a, struct explanation *out)
{
	struct story s = { .weight = -1 };

	read_story(text, &s);
	if (!s.n)
		return false;
	if (!strcmp(s.cause.rule, "A12") && answers_automatically(text, &s.line))
		s.cause.rule = "A14";
	if (s.cause.class == CAUSE_RELAY_UNAUTH && came_by_ipv4(text, &s.line))
		s.cause = (struct cause){ CAUSE_RELAY_UNAUTH, "A18", WHO_US };
	/* Nothing is wrong, and yet some words say so. */
	if (!s.weight && cause_line_imitates(&s.line))
		s.cause = (struct cause){ CAUSE_SPOOF_NEGATIVE, "", WHO_NOBODY };
	*out = (struct explanation){ .form = "log", .cause = s.cause };
	tell(&s, a, out);
	return true;
}
