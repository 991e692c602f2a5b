#ifndef MAIL_CAUSE_HELP_H
#define MAIL_CAUSE_HELP_H

#include "mail/cause.h"

#define HELP_STEPS 4

/* What a cause means and what to do about it, in words for the person who was
 * sent the text. */
struct cause_help {
	enum cause_class class;
	const char *rule;	/* NULL: the class as such; else that rule's words */
	const char *title, *text;
	const char *steps[HELP_STEPS];	/* NULL behind the last */
};

/* The words for this very rule, or else for its class. Never NULL. */
const struct cause_help *cause_help(const struct cause *c);

#endif
