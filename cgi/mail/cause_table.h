#ifndef MAIL_CAUSE_TABLE_H
#define MAIL_CAUSE_TABLE_H

#include "mail/cause.h"

/*
 * One row a meaning: its wordings in lower case with single blanks, "|" between
 * them; "~" within one stands for anything between two pieces, a leading "^" for
 * the text's beginning. The first row that stands in the right place and fits
 * decides, so the more special stands first.
 */
#define W(words) { words, sizeof(words) - 1 }

struct cause_row {
	struct slice words;
	unsigned places;	/* of enum cause_place */
	struct cause cause;
};

extern const struct cause_row cause_rows[];	/* ends with words.p NULL */

#endif
