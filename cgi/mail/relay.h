#ifndef MAIL_RELAY_H
#define MAIL_RELAY_H

#include "base/ip.h"
#include "mail/exim_bh.h"

/*
 * Exim as a witness: would mail from A to B be taken from this client? Exim judges
 * it in a test session (-bh), by the configuration on disk; nothing is sent.
 */
struct relay_wish {
	struct ip client;
	const char *user;	/* who has logged in; NULL: nobody */
	unsigned port;		/* the server's: 25, 465, 587 … */
	const char *sender;	/* "" for the null sender of bounces and replies */
	const char *const *recipients;
	size_t n;		/* at most BH_RECIPIENTS_MAX */
};

/* A recipient whom no server of a customer has. */
#define RELAY_SOMEBODY "postmaster@example.com"

/* Why the verdict may not be that of a real session (Exim specification, chapter 5:
 * -bh, -oM…). */
enum relay_limit {
	RELAY_STALE,		/* the daemon has not read, or not surely, what is on disk */
	RELAY_LOOPBACK,		/* a local program is known by its socket, which is none here */
	RELAY_LOGIN,		/* the password is not tried, nor is there TLS */
	RELAY_TLS,		/* an ACL asks whether the session is encrypted */
	RELAY_RATE,		/* a rate limit takes part, and counts this session too */
	RELAY_CALLOUT,		/* an address is verified at another server; not here */
	RELAY_IPV6,		/* the client's IPv6 address is written out in full (measured,
				 * 4.96): "2001:0db8:…" where a real session has "2001:db8:…" */
	RELAY_LIMITS
};

struct relay_answer {
	struct ip server;	/* the address that the client has connected to */
	struct bh_session session;
	bool limit[RELAY_LIMITS];
};

const char *relay_limit_name(enum relay_limit l);
const char *relay_limit_text(enum relay_limit l);	/* one sentence */

#endif
