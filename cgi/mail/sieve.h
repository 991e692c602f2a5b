#ifndef MAIL_SIEVE_H
#define MAIL_SIEVE_H

#include <stdbool.h>

#include "base/text.h"
#include "mail/redirect.h"

/*
 * What a Sieve script does with a message (RFC 5228; vacation RFC 5230, reject RFC
 * 5429, copy RFC 3894, include RFC 6609): its actions in order, each with whether it
 * stands in a block that a test decides about, or behind a "stop" in one. Tests are
 * not judged, "if true" is a test like another. What is included is not followed.
 * Nothing is allocated.
 */
enum sieve_action {
	SIEVE_REDIRECT,
	SIEVE_FILEINTO,
	SIEVE_KEEP,
	SIEVE_DISCARD,
	SIEVE_REJECT,
	SIEVE_VACATION,
	SIEVE_INCLUDE,
};

struct sieve {
	struct slice rest;
	unsigned line, depth;
	bool maybe, over;
};

struct sieve_command {
	enum sieve_action action;
	unsigned line;
	char address[ADDRESS_TEXT_MAX];	/* of redirect; "": not one address, see text */
	struct slice text;		/* its last string, without quotes */
	bool conditional, copy;
};

void sieve_init(struct sieve *s, struct slice text);
/* The next action; false at the end. */
bool sieve_next(struct sieve *s, struct sieve_command *out);

#endif
