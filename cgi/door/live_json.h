#ifndef DOOR_LIVE_JSON_H
#define DOOR_LIVE_JSON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Just enough of JSON (RFC 8259) to look at one object that a stranger may have
 * written: nothing is built, members that are wanted are pointed out. At most
 * LIVE_DEPTH deep. A wanted name that comes twice is a fault: whoever reads
 * first or last would differ.
 */
#define LIVE_DEPTH 16

struct live_member {
	const char *path;	/* "data.header": names without escapes, by dots */
	const char *at;		/* its first byte; NULL: it is not there */
	size_t n;		/* bytes as they stand: a string without its quotes */
	bool is_string;
};

/* True when text is one whole object and nothing else but blanks. */
bool live_json_find(const char *text, size_t n, struct live_member *wanted,
		    size_t nwanted);

/* Unescapes a string of such an object in place, to UTF-8: its new length. A
 * half of a surrogate pair becomes U+FFFD. */
size_t live_json_unescape(char *s, size_t n);

#endif
