#include <string.h>

#include "core/check.h"
#include "mail/explanation_here.h"

void explanation_here_init(struct explanation_here *out, const struct explanation *x)
{
	const struct cause_help *h = cause_help(&x->cause);
	/* The first step looks for what the text shows. */
	size_t done = x->cause.class == CAUSE_LOOP && !strcmp(x->cause.rule, "E01") &&
		x->round.times;

	memset(out, 0, sizeof(*out));
	out->cause = x->cause;
	out->title = h->title;
	out->text = h->text;
	memcpy(out->steps, h->steps + done, sizeof(out->steps) - done * sizeof(*out->steps));
}

enum relay_likeness { LIKE_OWN, LIKE_NONE, LIKE_CUSTOMER, LIKE_PROBE };

static const struct {
	const char *rule;
	enum cause_who who;
	const char *title, *text, *steps[HELP_STEPS];
} likenesses[] = {
	[LIKE_OWN] = { "A09", WHO_US,
		"A program on this server sends without a login",
		"The client that was refused is this server itself: a site's script, a container or another program speaks SMTP to it and does not log in.",
		{ "Find the program: the site or container that is set up to send by SMTP to this server's own name or address.",
		  "Let it hand mail to the local sendmail program, or give it a mailbox of its own and let it log in.",
		  "Do not list the server's own addresses as allowed to relay: every account could then send in anybody's name." } },
	[LIKE_CUSTOMER] = { "A01", WHO_SENDER,
		"A customer's mail program sends without a login",
		"The recipient is elsewhere, so this server has to know who sends; the client did not log in, and the sender's domain or the client's address belongs to a customer of this server.",
		{ "In the mail program: switch on “my outgoing server requires authentication”, user name = the whole address, port 465 (SSL/TLS) or 587 (STARTTLS). What this server really offers, and a file for Thunderbird or Apple Mail, stands on the domain’s page under “Set up a mail program” (relaydoctor show name@domain).",
		  "A device that cannot log in: give it a mailbox and a program between that can, or a port of its own; leave the relay lists alone." } },
	[LIKE_PROBE] = { "R00", WHO_NOBODY,
		"A stranger tried to relay and was refused, as it should be",
		"Neither the sender nor the recipient is on this server, and nobody has logged in from the client's address lately: it was looking for a server that passes on anybody's mail. This one does not.",
		{ "There is nothing to do. Never let such an address relay." } },
};

static void take_finding(struct explanation_here *out, const struct finding *x)
{
	out->finding = x;
	out->cause.rule = x->check->rule;
	out->cause.who = WHO_US;
	out->title = x->text;
	out->text = x->check->why;
	memset(out->steps, 0, sizeof(out->steps));
	out->steps[0] = x->fix ? "Look at the preview of the fix that this finding offers, and apply it." :
		x->advice;
}

/* The refusal only follows from a login that went wrong: its words say more. */
static void take_login(struct explanation_here *out, const char *rule)
{
	const struct cause of_login = {
		strcmp(rule, LOG_RULE_UNADVERTISED) ? CAUSE_AUTH_FAIL : CAUSE_AUTH_NOT_ADVERTISED,
		rule, WHO_SENDER,
	};
	const struct cause_help *h = cause_help(&of_login);

	out->cause.rule = rule;
	out->cause.who = of_login.who;
	out->title = h->title;
	out->text = h->text;
	memcpy(out->steps, h->steps, sizeof(out->steps));
}

/* A port that wants a login of everybody; one address of two that is known. */
static bool is_told_apart(const char *rule)
{
	return !strcmp(rule, "A07") || !strcmp(rule, "A18");
}

void explanation_here_relay(struct explanation_here *out, const struct relay_case *c)
{
	enum relay_likeness like = LIKE_NONE;

	if (c->of_recipient) {
		take_finding(out, c->of_recipient);
		return;
	}
	if (c->client_is_us)
		like = LIKE_OWN;
	else if (c->recipient_here || is_told_apart(out->cause.rule))
		return;		/* put right meanwhile, or the text says more */
	else if (c->client_known && c->after) {
		take_login(out, c->after);
		return;
	} else if (c->sender_here || c->client_known)
		like = LIKE_CUSTOMER;
	else if (c->all_known)
		like = LIKE_PROBE;
	if (like == LIKE_NONE)
		return;
	out->cause.rule = likenesses[like].rule;
	out->cause.who = likenesses[like].who;
	out->title = likenesses[like].title;
	out->text = likenesses[like].text;
	memcpy(out->steps, likenesses[like].steps, sizeof(out->steps));
}
