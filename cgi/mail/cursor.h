#ifndef MAIL_CURSOR_H
#define MAIL_CURSOR_H

#include <stdbool.h>

#include "base/text.h"

/* Steps through a line of somebody else's text, shared by the parsers here.
 * Nothing reads behind the slice; a step that does not fit leaves it as it is. */

static inline struct slice cursor_drop(struct slice s, size_t n)	/* n at most s.n */
{
	return (struct slice){ s.p + n, s.n - n };
}

/* Takes `prefix` off *s; false when *s does not start with it. */
static inline bool cursor_take(struct slice *s, const char *prefix)
{
	if (!slice_starts(*s, prefix))
		return false;
	*s = cursor_drop(*s, strlen(prefix));
	return true;
}

static inline bool cursor_has(struct slice s, char c)
{
	return s.n && memchr(s.p, c, s.n);
}

/* Where c stands first in s; s.n: nowhere. */
static inline size_t cursor_until(struct slice s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

/* Where `what` stands first in s. */
bool cursor_find(struct slice s, const char *what, size_t *at);
/* A mail address: what stands before the first blank outside quotes. A quoted
 * local part may hold blanks, and any text that follows addresses elsewhere. */
struct slice cursor_address(struct slice *s);
/* A quoted string ("\" escapes) whose end is followed by a blank or nothing;
 * *s begins with its quote and is left behind it. False: it does not end. */
bool cursor_quoted(struct slice *s);

#endif
