#ifndef MAIL_EXPLANATION_H
#define MAIL_EXPLANATION_H

#include "base/arena.h"
#include "mail/bounce.h"

/*
 * What a pasted text says: the one cause in it, and where it says so. Strings
 * are NULL when the text does not say; they live in the arena given. Everything
 * is the text's word, not this server's: evidence from here comes on top.
 */
struct explanation {
	const char *form;	/* "log", "bounce" or "reply" */
	struct cause cause;
	enum cause_place place;	/* PLACE_HERE, PLACE_REMOTE; PLACE_LOOSE: unknown */
	const char *said;	/* the decisive line or sentence, credentials cut */
	const char *reporter, *remote, *recipient, *sender;
	const char *client;	/* the address of the client that was refused */
	const char *login;	/* the user that logged in or tried to */
	const char *msgid, *time;	/* of a log line */
	size_t lines;		/* log lines that were read */
	struct received_round round;	/* by the returned message */
};

/*
 * The deciding one of several log lines, joined by message id or client: a
 * delivery's reason before "retry timeout exceeded", why a sender did not verify
 * before the refusal that follows. Other lines between are passed over. False:
 * there is no log line in the text. It has plain lines (bounce_plain_lines).
 */
bool explanation_of_log(struct slice text, struct arena *a, struct explanation *out);

void explanation_of_bounce(const struct bounce *b, const char *form,
			   struct explanation *out);

#endif
