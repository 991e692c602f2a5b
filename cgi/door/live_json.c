#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "door/live_json.h"

#define PATH_MAX_BYTES 64

struct walk {
	const char *p, *end;
	struct live_member *wanted;
	size_t nwanted;
	char path[PATH_MAX_BYTES];	/* of the value at hand */
	unsigned off;			/* levels in which none is wanted */
};

static void blanks(struct walk *w)
{
	while (w->p < w->end && strchr(" \t\r\n", *w->p) != NULL && *w->p != '\0')
		w->p++;
}

static bool take(struct walk *w, char c)
{
	blanks(w);
	if (w->p == w->end || *w->p != c)
		return false;
	w->p++;
	return true;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

/* What follows a backslash. */
static bool escape(struct walk *w)
{
	if (w->p == w->end || *w->p == '\0' || strchr("\"\\/bfnrtu", *w->p) == NULL)
		return false;
	if (*w->p++ != 'u')
		return true;
	for (int i = 0; i < 4; i++, w->p++)
		if (w->p == w->end || !is_hex(*w->p))
			return false;
	return true;
}

/* *s is what stands between the quotes. */
static bool string(struct walk *w, const char **s, size_t *n)
{
	if (!take(w, '"'))
		return false;
	*s = w->p;
	while (w->p < w->end && *w->p != '"') {
		if ((unsigned char)*w->p < ' ')
			return false;
		if (*w->p++ == '\\' && !escape(w))
			return false;
	}
	*n = (size_t)(w->p - *s);
	return w->p < w->end && *w->p++ == '"';
}

static bool word(struct walk *w)
{
	static const char *const words[] = { "true", "false", "null" };
	const char *start = w->p;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(w->end - w->p) >= n && memcmp(w->p, words[i], n) == 0) {
			w->p += n;
			return true;
		}
	}
	while (w->p < w->end && *w->p != '\0' && strchr("+-.0123456789eE", *w->p) != NULL)
		w->p++;
	return w->p > start;	/* no number is wanted but 1 */
}

static bool note(struct walk *w, const char *at, size_t n, bool is_string)
{
	for (size_t i = 0; i < w->nwanted && w->off == 0; i++) {
		struct live_member *m = &w->wanted[i];

		if (strcmp(m->path, w->path) != 0)
			continue;
		if (m->at != NULL)
			return false;
		m->at = at;
		m->n = n;
		m->is_string = is_string;
	}
	return true;
}

static bool value(struct walk *w, int depth);

static bool member(struct walk *w, int depth)
{
	size_t len = strlen(w->path), n;
	const char *name;
	bool fits, fine;

	if (!string(w, &name, &n) || !take(w, ':'))
		return false;
	fits = len + n + 2 <= sizeof(w->path);
	if (fits)
		snprintf(w->path + len, sizeof(w->path) - len, "%s%.*s",
			 len > 0 ? "." : "", (int)n, name);
	w->off += !fits;
	fine = value(w, depth);
	w->off -= !fits;
	w->path[len] = '\0';
	return fine;
}

static bool object(struct walk *w, int depth)
{
	if (take(w, '}'))
		return true;
	do {
		if (!member(w, depth))
			return false;
	} while (take(w, ','));
	return take(w, '}');
}

/* Nothing that is wanted stands in one. */
static bool array(struct walk *w, int depth)
{
	if (take(w, ']'))
		return true;
	w->off++;
	do {
		if (!value(w, depth))
			return false;
	} while (take(w, ','));
	w->off--;
	return take(w, ']');
}

static bool value(struct walk *w, int depth)
{
	const char *at;
	size_t n;

	blanks(w);
	if (depth == LIVE_DEPTH || w->p == w->end)
		return false;
	if (take(w, '{'))
		return object(w, depth + 1);
	if (take(w, '['))
		return array(w, depth + 1);
	if (*w->p == '"')
		return string(w, &at, &n) && note(w, at, n, true);
	at = w->p;
	return word(w) && note(w, at, (size_t)(w->p - at), false);
}

bool live_json_find(const char *text, size_t n, struct live_member *wanted,
		    size_t nwanted)
{
	struct walk w = {
		.p = text, .end = text + n, .wanted = wanted, .nwanted = nwanted,
	};

	for (size_t i = 0; i < nwanted; i++)
		wanted[i].at = NULL;
	if (!take(&w, '{') || !object(&w, 1))
		return false;
	blanks(&w);
	return w.p == w.end;
}

/* ---- texts --------------------------------------------------------------- */

static unsigned hex4(const char *s)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 4 | (unsigned)(s[i] <= '9' ? s[i] - '0' :
					(s[i] | 32) - 'a' + 10);
	return v;
}

static size_t put_utf8(char *out, uint32_t c)
{
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(first[n] | c);
	return n;
}

/* s is behind "\u" of a text that ends at end; *used hex digits and all. */
static uint32_t code_point(const char *s, const char *end, size_t *used)
{
	uint32_t c = hex4(s), low;

	*used = 4;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || end - s < 10 || s[4] != '\\' || s[5] != 'u')
		return 0xfffd;
	low = hex4(s + 6);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*used = 10;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static char plain(char c)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = strchr(from, c);

	return at != NULL && c != '\0' ? to[at - from] : c;
}

/* No escape is shorter than what it stands for. */
size_t live_json_unescape(char *s, size_t n)
{
	const char *p = s, *end = s + n;
	char *out = s;
	size_t used;

	while (p < end) {
		if (*p != '\\') {
			*out++ = *p++;
		} else if (p[1] != 'u') {
			*out++ = plain(p[1]);
			p += 2;
		} else {
			out += put_utf8(out, code_point(p + 2, end, &used));
			p += 2 + used;
		}
	}
	return (size_t)(out - s);
}
