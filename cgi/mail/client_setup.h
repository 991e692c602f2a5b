#ifndef MAIL_CLIENT_SETUP_H
#define MAIL_CLIENT_SETUP_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * How a mail program is set up for this server: what conversations with its own ports
 * have shown, and nothing else. A way is a port where TLS works and, to send, a login by
 * password is offered within it. Port 25 is for servers and never one. Seen from the
 * server itself: what stands before it may keep clients away all the same.
 */
#define SETUP_WAYS 8

struct mail_way {
	const char *protocol;	/* "IMAP", "POP3", "SMTP" */
	unsigned port;
	bool tls_first;		/* "SSL/TLS"; else STARTTLS */
	const char *certificate;	/* its first name; NULL: none seen */
	/* Why a mail program would warn of it or refuse: a clause; NULL: nothing known. */
	const char *flaw;
};

struct client_setup {
	const char *host;	/* the server's own name */
	struct mail_way in[SETUP_WAYS], out[SETUP_WAYS];	/* the best first */
	size_t nin, nout;
	const char *missing[2 * SETUP_WAYS];	/* ports that are no way, and why */
	size_t nmissing;
};

/* Of ports that were gathered, those for fetching too. Texts are made in a. */
void client_setup_make(const struct facts *f, struct arena *a, struct client_setup *out);

/* The first without a flaw; NULL: none. */
const struct mail_way *mail_way_sound(const struct mail_way *ways, size_t n);

#endif
