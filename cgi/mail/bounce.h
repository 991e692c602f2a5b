#ifndef MAIL_BOUNCE_H
#define MAIL_BOUNCE_H

#include "base/arena.h"
#include "mail/cause.h"
#include "mail/received.h"

/*
 * A message that says why another one was not delivered: a delivery status
 * notification (RFC 3464), Exim's own text, other servers' texts, or a piece of
 * one that somebody pasted. Everything in it was written by strangers.
 */

#define BOUNCE_PARTS 64
#define BOUNCE_TEXT_MAX (2u << 20)	/* bytes of all parts; what is longer is not read */

/* One body of a message, decoded, in UTF-8 where its charset was known. */
struct bounce_part {
	const char *type;	/* "text/plain", lower case; "" when unknown */
	struct slice text;
	bool returned;		/* of the message that comes back, which proves nothing */
	bool headers;		/* … its header fields */
};

struct bounce_message {
	const char *subject, *from, *failed;	/* headers; NULL: none. failed is
						 * X-Failed-Recipients, which Exim writes */
	struct bounce_part part[BOUNCE_PARTS];
	size_t nparts;
};

struct bounce {
	struct cause cause;
	bool found;		/* words of a failure at all */
	enum cause_place place;	/* PLACE_HERE: the reporting server itself refused;
				 * PLACE_REMOTE: the one that it spoke to;
				 * PLACE_LOOSE: the text does not say */
	const char *reporter;	/* the host that wrote it; NULL: not said */
	const char *remote;	/* the host that refused; NULL */
	const char *recipient;	/* NULL */
	const char *said;	/* the decisive sentence; NULL */
	/* By the returned message's own Received lines. Without another cause, enough of
	 * them are one: a loop. */
	struct received_round round;
};

/* Reads what the parts say; strings live in a. */
void bounce_read(const struct bounce_message *m, struct arena *a, struct bounce *out);

/* The same of text without headers, as people paste it. */
void bounce_read_text(struct slice text, struct arena *a, struct bounce *out);

#endif
