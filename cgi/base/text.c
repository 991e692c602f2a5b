#include <string.h>

#include "base/text.h"

#define DOMAIN_LENGTH_MAX 253
#define LABEL_LENGTH_MAX 63

struct slice slice_of(const char *s)
{
	return (struct slice){ s, s ? strlen(s) : 0 };
}

struct slice slice_trim(struct slice s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool slice_line(struct slice *rest, struct slice *line)
{
	if (!rest->n)
		return false;
	*line = slice_cut(rest, '\n');
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

bool slice_uint(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!s.n)
		return false;
	for (; s.n; s.p++, s.n--) {
		unsigned d = (unsigned char)*s.p - (unsigned)'0';

		if (d > 9 || v > UINT64_MAX / 10 || v * 10 > UINT64_MAX - d)
			return false;
		v = v * 10 + d;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What a byte of a domain is in lower case; 0: it is none. */
static const char domain_bytes[256] = {
	['-'] = '-', ['_'] = '_', ['.'] = '.',
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
	['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
#define LETTER(upper, small) [upper] = small, [small] = small
	LETTER('A', 'a'), LETTER('B', 'b'), LETTER('C', 'c'), LETTER('D', 'd'),
	LETTER('E', 'e'), LETTER('F', 'f'), LETTER('G', 'g'), LETTER('H', 'h'),
	LETTER('I', 'i'), LETTER('J', 'j'), LETTER('K', 'k'), LETTER('L', 'l'),
	LETTER('M', 'm'), LETTER('N', 'n'), LETTER('O', 'o'), LETTER('P', 'p'),
	LETTER('Q', 'q'), LETTER('R', 'r'), LETTER('S', 's'), LETTER('T', 't'),
	LETTER('U', 'u'), LETTER('V', 'v'), LETTER('W', 'w'), LETTER('X', 'x'),
	LETTER('Y', 'y'), LETTER('Z', 'z'),
#undef LETTER
};

/* How many bytes of s, up to its end or what cannot be in a domain, make one; 0:
 * none. out gets them, unless NULL. */
static inline size_t domain_length(const char *s, size_t n, char *out)
{
	size_t label = 0, i;	/* where the label begins */

	for (i = 0; i < n; i++) {
		char c = domain_bytes[(unsigned char)s[i]];

		if (out)
			out[i] = c;
		if (c > '.' || c == '-')	/* '-' comes before the dot, all else after it */
			continue;
		if (!c)
			break;
		if (i == label || i - label > LABEL_LENGTH_MAX)
			return 0;
		label = i + 1;
	}
	return i > label && i - label <= LABEL_LENGTH_MAX && i <= DOMAIN_LENGTH_MAX ? i : 0;
}

bool text_is_domain(const char *s)
{
	size_t n = domain_length(s, DOMAIN_LENGTH_MAX + 1, NULL);

	return n && !s[n];
}

bool text_take_domain(char *out, size_t size, struct slice s)
{
	out[0] = '\0';
	if (!s.n || s.n >= size || domain_length(s.p, s.n, out) != s.n) {
		out[0] = '\0';
		return false;
	}
	out[s.n] = '\0';
	return true;
}

char *text_lower(char *s)
{
	for (char *p = s; *p; p++)
		*p = lower(*p);
	return s;
}

/* a and b are neighbours with a comma between. */
static bool swap_when_greater(char *a, size_t na, char *b, size_t nb)
{
	int d = memcmp(a, b, na < nb ? na : nb);
	char held[256];

	if (d < 0 || (!d && na <= nb) || na > sizeof(held))
		return false;
	memcpy(held, a, na);
	memmove(a, b, nb);
	a[nb] = ',';
	memcpy(a + nb + 1, held, na);
	return true;
}

char *text_sort_list(char *s)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (char *a = s, *b; (b = strchr(a, ',')) && !moved; a = b + 1)
			moved = swap_when_greater(a, (size_t)(b - a), b + 1,
						  strcspn(b + 1, ","));
	}
	return s;
}

bool text_in_domain(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	if (!m || n < m || (n > m && name[n - m - 1] != '.'))
		return false;
	for (const char *p = name + n - m; *p; p++, suffix++)
		if (lower(*p) != lower(*suffix))
			return false;
	return true;
}

bool text_is_mailbox(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._+-");

	return n > 0 && n <= 64 && !s[n];
}

bool text_is_account(const char *s)
{
	size_t n = 0;

	while (s[n] && domain_bytes[(unsigned char)s[n]] == s[n] && s[n] != '.')
		n++;
	return !s[n] && n >= 1 && n <= 32 && *s >= 'a' && *s <= 'z';
}

bool text_is_csf_include(const char *path)
{
	static const char below[] = "/etc/csf/", plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
	size_t n = strlen(path);

	return n > sizeof(below) - 1 && n < 60 && path[n - 1] != '/' &&
		!strncmp(path, below, sizeof(below) - 1) && strspn(path, plain) == n &&
		!strstr(path, "/.") && !strstr(path, "//") && !strstr(path, "/csf.");
}

char *text_end_whole(char *s)
{
	size_t n = strlen(s), back = 0;
	unsigned char c;

	while (back < 3 && back < n && ((unsigned char)s[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == n)
		return s;
	c = (unsigned char)s[n - 1 - back];
	if ((c >= 0xc0 && back < 1) || (c >= 0xe0 && back < 2) ||
	    (c >= 0xf0 && back < 3))
		s[n - 1 - back] = '\0';
	return s;
}

char *text_printable(char *out, size_t size, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char piece[5] = { (char)c, 0 };
		size_t len;

		if (c == '\\')
			memcpy(piece, "\\\\", 3);
		else if (c < 0x20 || c == 0x7f) {
			memcpy(piece, "\\x", 2);
			piece[2] = hex[c >> 4];
			piece[3] = hex[c & 15];
		}
		len = strlen(piece);
		if (n + len >= size)
			break;
		memcpy(out + n, piece, len);
		n += len;
	}
	if (size)
		out[n] = '\0';
	return out;
}
