#ifndef MAIL_MAIL_FILTER_H
#define MAIL_MAIL_FILTER_H

#include <stdbool.h>

#include "base/text.h"
#include "mail/redirect.h"

/*
 * The deliver commands of an Exim filter file (Exim's interfaces to mail filtering,
 * chapter 3), as a panel writes /etc/vfilters/DOMAIN. Words and quoted strings are
 * told apart, '#' begins a comment, "if" and "endif" are counted. What they test is
 * not judged. Nothing is allocated.
 */
struct mail_filter {
	struct slice rest;
	char mark;		/* that each line begins with; 0: none */
	bool at_start, was_unseen;
	unsigned line, depth;
};

struct filter_command {
	unsigned line;
	char address[ADDRESS_TEXT_MAX];	/* "": not one address, see text */
	struct slice text;		/* as written, without quotes */
	bool conditional, unseen;
};

void mail_filter_init(struct mail_filter *m, struct slice text, char mark);
/* The next deliver command; false at the end. */
bool mail_filter_next(struct mail_filter *m, struct filter_command *out);

#endif
