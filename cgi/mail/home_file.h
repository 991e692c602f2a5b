#ifndef MAIL_HOME_FILE_H
#define MAIL_HOME_FILE_H

#include "mail/mail_filter.h"
#include "mail/sieve.h"

/*
 * A file in a home that acts on mail, whichever of the three languages it is in: an
 * Exim filter, a Sieve script, or a list of addresses as in an alias. A .forward says in
 * its first line which it is ("# Exim filter", "# Sieve filter"; Exim specification,
 * chapter 22.1); of others the name does. Nothing is allocated.
 */
enum home_language { HOME_FILTER, HOME_SIEVE, HOME_ADDRESSES };

struct home_file {
	enum home_language language;
	struct mail_filter filter;
	struct sieve sieve;
	struct slice rest, line;	/* of addresses */
	unsigned at;
};

struct home_command {
	enum forward_kind kind;
	unsigned line;
	char address[ADDRESS_TEXT_MAX];	/* FORWARD_ADDRESS */
	struct slice text;		/* else: its argument, without quotes */
	bool conditional;
	bool copy;	/* what else happens to the message happens as well */
	bool answers;	/* the sender gets a message of the file's own; no kind */
};

void home_file_init(struct home_file *h, const char *name, struct slice text);
bool home_file_next(struct home_file *h, struct home_command *out);

#endif
