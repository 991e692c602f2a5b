#include <string.h>

#include "mail/cursor.h"

bool cursor_find(struct slice s, const char *what, size_t *at)
{
	const char *p = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;

	if (p)
		*at = (size_t)(p - s.p);
	return p != NULL;
}

/* The bytes before the first blank that no quotes hold. */
static size_t unquoted_end(struct slice s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.n && (quoted || s.p[i] != ' '); i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (quoted && s.p[i] == '\\')
			i++;
	}
	return i < s.n ? i : s.n;
}

struct slice cursor_address(struct slice *s)
{
	struct slice address = { s->p, cursor_until(*s, ' ') };

	if (cursor_has(address, '"'))
		address.n = unquoted_end(*s);
	*s = cursor_drop(*s, address.n);
	return address;
}

bool cursor_quoted(struct slice *s)
{
	for (size_t i = 1; i < s->n; i++) {
		if (s->p[i] == '\\')
			i++;
		else if (s->p[i] == '"' && (i + 1 == s->n || s->p[i + 1] == ' ')) {
			*s = cursor_drop(*s, i + 1);
			return true;
		}
	}
	return false;
}
