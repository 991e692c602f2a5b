#ifndef MAIL_LSEARCH_H
#define MAIL_LSEARCH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * A file of "key: value" lines as Exim's lsearch reads it (specification chapter
 * 9.5): the key ends at ':' or white space, or is quoted; a line that begins with
 * white space goes on with the value before, joined by one blank, up to a blank line
 * or one that begins with '#' (measured with 4.96). Keys are compared without regard
 * to case, and of two lines with one key the first counts: both are the caller's
 * business. A line with a NUL byte, which Exim takes for unended, is
 * passed over with what it swallows, and counted in odd.
 */
struct lsearch {
	struct arena *arena;	/* keeps keys and values that are not as written */
	struct slice rest;
	char mark;		/* that each line begins with; 0: none */
	unsigned line;		/* read so far */
	unsigned odd;
};

struct lsearch_entry {
	unsigned line;		/* where it begins, 1-based */
	struct slice key;	/* without quotes; may be empty */
	struct slice value;	/* trimmed */
};

#define LSEARCH_VALUE_MAX ((size_t)1 << 20)	/* a longer value is cut: odd */

void lsearch_init(struct lsearch *l, struct slice text, char mark, struct arena *a);
bool lsearch_next(struct lsearch *l, struct lsearch_entry *out);

#endif
