#ifndef MAIL_CAUSE_H
#define MAIL_CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "mail/exim_log.h"

/*
 * Why mail was refused or held, from the words in which a server said so. Words
 * alone decide, never a status code: 5.7.1 is said of relaying, of unknown users
 * and of spam alike. What the words mean depends on where they stand: "relay not
 * permitted" is one thing in our refusal and another in a remote server's.
 */

enum cause_class {
	CAUSE_UNKNOWN,
	CAUSE_NOISE,		/* no fault at all */
	CAUSE_SPOOF_NEGATIVE,	/* only a field that the client controls says so */
	CAUSE_RELAY_UNAUTH, CAUSE_RELAY_REMOTE_DENIED, CAUSE_RELAY_OTHER_MTA,
	CAUSE_AUTH_FAIL, CAUSE_AUTH_TEMPFAIL, CAUSE_AUTH_NOT_ADVERTISED,
	CAUSE_AUTH_REQUIRED_UPSTREAM,
	CAUSE_SENDER_VERIFY_FAIL, CAUSE_SENDER_VERIFY_DEFER, CAUSE_PERMISSION,
	CAUSE_UNROUTEABLE, CAUSE_HOST_UNKNOWN_CPANEL,
	CAUSE_MX_DEAD, CAUSE_MX_IP, CAUSE_MX_NULL, CAUSE_MX_SELF, CAUSE_HOST_SELF,
	CAUSE_DNS_TEMPFAIL,
	CAUSE_NO_USER, CAUSE_MAILBOX_FULL,
	CAUSE_LOOP, CAUSE_LOOP_EXPLOIT,
	CAUSE_RETRY_TIMEOUT, CAUSE_CONN_TIMEOUT, CAUSE_FW_BLOCK,
	CAUSE_HOLD, CAUSE_LIMIT_DEFERFAIL, CAUSE_LIMIT_HOURLY,
	CAUSE_PTR_REMOTE, CAUSE_PROTO_ABUSE, CAUSE_RBL_LISTED, CAUSE_TOO_BIG,
	CAUSE_TLS_REQUIRED, CAUSE_AUTH_POLICY,
	CAUSE_CLASSES
};

enum cause_who { WHO_NOBODY, WHO_SENDER, WHO_US, WHO_REMOTE, WHO_DNS };

/* rule: of the rule catalogue ("A01"); "" when none is meant. */
struct cause {
	enum cause_class class;
	const char *rule;
	enum cause_who who;
};

const char *cause_class_name(enum cause_class c);	/* "relay_unauth" … */
const char *cause_who_name(enum cause_who w);	/* "this server" … */
/* Neither unknown nor noise nor an imitation. */
bool cause_is_known(const struct cause *c);

/* Where words stand. */
enum cause_place {
	PLACE_REFUSED = 1,	/* what we answer to a client */
	PLACE_HERE = 2,		/* what keeps our own delivery from going on */
	PLACE_REMOTE = 4,	/* what another server answers us */
	PLACE_VERIFY = 8,	/* why a sender did not verify */
	PLACE_LOOSE = 16,	/* nobody knows: pasted by hand */
};

/* A longer text is read so far. */
#define CAUSE_TEXT_MAX 2048

/*
 * The cause that `text` names in one of these places. Reply lines may be joined in any
 * way that programs and people use: line feeds, "\n" in two characters,
 * "550-" or "550 5.7.1 " in the middle. Addresses in it and the client's name in
 * "(name) [ip]" are passed over: a sender can choose them.
 */
struct cause cause_of_text(struct slice text, unsigned places);

/* Whether words that name a cause stand in `text` as they are; what a client
 * chose is asked this way. */
bool cause_is_imitated(struct slice text);

/*
 * The cause of one log line, by its type, its fields and the text in its place.
 * A client's address that can be read in several ways makes it an imitation.
 */
struct cause cause_of_line(const struct exim_log_line *x);

/* A line without fault of its own in which a field of the client's imitates one. */
bool cause_line_imitates(const struct exim_log_line *x);

/* Who spoke in a delivery's text: another server, or this one. */
enum cause_place cause_place_of(const struct exim_log_line *x);

/* A delivery by way of a smarthost: by the names that administrators give to such
 * routers and transports. */
bool cause_through_smarthost(const struct exim_log_line *x);

#endif
