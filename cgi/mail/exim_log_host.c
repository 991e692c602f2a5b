#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

/* Readings of a client address that are looked at; more is as good as two. */
#define READINGS_ENOUGH 2

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool only(struct slice s, const char *chars)
{
	for (; s.n; s = cursor_drop(s, 1))
		if (!*s.p || !strchr(chars, *s.p))
			return false;
	return true;
}

/* A word that may stand between the client and " S=": "K=value" of a field
 * Exim writes there, or one of its bare flags. */
static bool is_field(struct slice word)
{
	static const char *const keys[] = {
		"I=[", "U=", "P=", "Ci=", "X=", "CV=", "SNI=", "PRX=", "R=", "RT=",
		"M8S=", "RET=",
	};
	static const char *const flags[] = { "TFO", "TFO*", "K", "PRDR", "SMTPUTF8" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (slice_starts(word, keys[i]))
			return true;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (slice_eq(word, flags[i]))
			return true;
	/* "L", "L*", "L.-": how pipelining went. */
	return word.n && word.n <= 4 && *word.p == 'L' &&
		only(cursor_drop(word, 1), "*.-");
}

bool exim_log_tail(struct slice s, struct exim_log_tail *out)
{
	memset(out, 0, sizeof(*out));
	while (cursor_take(&s, " ")) {
		struct slice at = s, word = slice_cut(&s, ' ');

		out->after = at;
		if (cursor_take(&word, "A=")) {
			out->auth = word;
			return true;
		}
		if (cursor_take(&word, "S="))
			return word.n && digit(*word.p);
		if (slice_starts(word, "DN=\"")) {
			s = cursor_drop(at, 3);
			if (!cursor_quoted(&s))
				return false;
		} else if (is_field(word)) {
			s = cursor_drop(at, word.n);
		} else {
			return false;
		}
	}
	return false;
}

/* What stands before "[ip]": nothing, "name ", "(helo) " or "name (helo) ". */
static bool read_names(struct slice s, struct exim_log_host *out)
{
	struct slice name;

	if (!s.n)
		return true;
	if (s.p[s.n - 1] != ' ')
		return false;
	s.n--;
	if (*s.p != '(') {
		name = slice_cut(&s, ' ');
		if (memchr(name.p, '(', name.n) || memchr(name.p, '[', name.n))
			return false;
		out->name = name;
		if (!s.n)
			return true;
	}
	if (s.n < 2 || *s.p != '(' || s.p[s.n - 1] != ')')
		return false;
	out->helo = (struct slice){ s.p + 1, s.n - 2 };
	return true;
}

/* "[ip]" and ":port" at the start of *s. */
static bool take_ip(struct slice *s, struct exim_log_host *out)
{
	struct slice t = *s, text;
	char buf[IP_TEXT_MAX];
	uint64_t port = 0;
	size_t n = 0;

	if (!cursor_take(&t, "["))
		return false;
	text = slice_cut(&t, ']');
	if (!text.n || text.n >= sizeof(buf) || s->n <= text.n + 1)
		return false;
	memcpy(buf, text.p, text.n);
	buf[text.n] = '\0';
	if (strlen(buf) != text.n || !ip_parse(&out->ip, buf))
		return false;
	if (cursor_take(&t, ":")) {
		while (n < t.n && digit(t.p[n]))
			n++;
		if (!slice_uint((struct slice){ t.p, n }, 65535, &port))
			return false;
		t = cursor_drop(t, n);
	}
	out->port = (unsigned)port;
	*s = t;
	return true;
}

/* One reading of "name (helo) [ip]:port tail" with the address at `at`. */
static bool read_host(struct slice s, size_t at, struct exim_log_host *out,
		      struct exim_log_tail *tail)
{
	struct slice rest = cursor_drop(s, at);

	memset(out, 0, sizeof(*out));
	return read_names((struct slice){ s.p, at }, out) &&
		take_ip(&rest, out) && exim_log_tail(rest, tail);
}

void exim_log_host(struct slice s, struct exim_log_line *out,
		   struct exim_log_tail *tail)
{
	struct exim_log_host host;
	struct exim_log_tail t;
	int readings = 0;

	memset(tail, 0, sizeof(*tail));
	for (size_t i = 0; i < s.n && readings < READINGS_ENOUGH; i++) {
		if (s.p[i] != '[' || !read_host(s, i, &host, &t))
			continue;
		readings++;
		out->host = host;
		*tail = t;
	}
	if (readings != 1)
		memset(&out->host, 0, sizeof(out->host));
	out->host.present = true;
	out->host.ambiguous = readings != 1;
}
