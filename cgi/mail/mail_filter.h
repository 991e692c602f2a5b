#ifndef MAIL_MAIL_FILTER_H
#define MAIL_MAIL_FILTER_H

#include <stdbool.h>

#include "base/text.h"
#include "mail/redirect.h"

/*
 * What an Exim filter file does with a message (Exim's interfaces to mail filtering,
 * chapter 3), as a panel writes /etc/vfilters/DOMAIN and the filters of mailboxes.
 * Words and quoted strings are told apart, '#' begins a comment, "if" and "endif" are
 * counted; what stands between "if" and "then" is not judged. What follows an
 * unconditional "finish" or "fail" is never reached and not given; what follows one
 * that a condition may reach stands under a condition, unless that one asks for
 * error_message, with which panels begin. Nothing is allocated.
 */
enum filter_verb {
	FILTER_DELIVER,
	FILTER_SAVE,
	FILTER_PIPE,
	FILTER_FAIL,
	FILTER_DISCARD,		/* "seen finish" */
	FILTER_ANSWER,		/* mail, vacation */
};

struct mail_filter {
	struct slice rest;
	char mark;		/* that each line begins with; 0: none */
	bool at_start, was_unseen, was_seen;
	bool in_condition, for_errors;
	bool maybe, over;
	unsigned line, depth;
};

struct filter_command {
	enum filter_verb verb;
	unsigned line;
	char address[ADDRESS_TEXT_MAX];	/* of deliver; "": not one address, see text */
	struct slice text;		/* its argument as written, without quotes */
	bool conditional, unseen;
};

/* The text begins with '#', blanks and these words, as Exim wants it of a filter: any other
 * file it takes for a list of addresses, and puts all mail off where it cannot read that. */
#define FILTER_HEAD "Exim filter"
bool filter_is_headed(struct slice text, const char *words);

void mail_filter_init(struct mail_filter *m, struct slice text, char mark);
/* The next such command; false at the end. */
bool mail_filter_next(struct mail_filter *m, struct filter_command *out);

#endif
