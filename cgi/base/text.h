#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A cursor over text that somebody else wrote. Nothing here allocates, nothing
 * needs a final NUL, and no byte value is special but LF (a CR before it is
 * not part of the line).
 */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

struct slice slice_of(const char *s);	/* NULL is the empty slice */
/* Inline: a log has millions of lines, each asked a hundred times, mostly for
 * words whose length the compiler knows. */
static inline bool slice_starts(struct slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || (*a.p == *prefix && !memcmp(a.p, prefix, n)));
}

static inline bool slice_eq(struct slice a, const char *s)
{
	return a.n == strlen(s) && slice_starts(a, s);
}

struct slice slice_trim(struct slice s);	/* blanks and tabs, both ends */
/* The piece before the first c, which is taken off *rest together with c;
 * the whole of *rest when it has no c. */
static inline struct slice slice_cut(struct slice *rest, char c)
{
	const char *at = rest->n ? memchr(rest->p, c, rest->n) : NULL;
	struct slice piece = *rest;

	if (!at) {
		if (rest->n)		/* an empty slice may point nowhere */
			rest->p += rest->n;
		rest->n = 0;
		return piece;
	}
	piece.n = (size_t)(at - piece.p);
	rest->n -= piece.n + 1;
	rest->p = at + 1;
	return piece;
}
/* The next line of *rest; false at the end. A last line without LF counts. */
bool slice_line(struct slice *rest, struct slice *line);
/* Decimal digits only, the whole slice, at most max. */
bool slice_uint(struct slice s, uint64_t max, uint64_t *out);

/* A DNS name as hosting panels write it: letters, digits, '-', '_' and '.',
 * labels of 1–63, at most 253, no trailing dot. Any case. */
bool text_is_domain(const char *s);
/* Copies a domain in lower case, so far as s is one and fits; otherwise out is
 * empty, and the result false. */
bool text_take_domain(char *out, size_t size, struct slice s);
/* Lower-cases ASCII in place and returns s. */
char *text_lower(char *s);
/* Puts the items of a list with commas into the order of their bytes, in place; for
 * lists of a few items. Returns s. */
char *text_sort_list(char *s);
/* name equals suffix or ends with "." suffix; ASCII case ignored. */
bool text_in_domain(const char *name, const char *suffix);
/* An account name as cPanel allows it: [a-z0-9_-], 1–32, a letter first. */
bool text_is_account(const char *s);
/* A file beneath /etc/csf that a list of CSF's may include and that is none of CSF's
 * own: an absolute path of at most 59 plain characters, no component of which
 * begins with a dot. */
bool text_is_csf_include(const char *path);
/* What stands before the "@" of a mailbox here: [a-z0-9._+-], 1–64. */
bool text_is_mailbox(const char *s);
/* Takes an incomplete UTF-8 character off the end of s, as a cut at a byte count
 * leaves it. Returns s. */
char *text_end_whole(char *s);
/* Copies s to out, showing control bytes (and DEL) as \xHH, the backslash as
 * \\; truncates at a whole character. For logs and terminals. Returns out. */
char *text_printable(char *out, size_t size, const char *s);

#endif
