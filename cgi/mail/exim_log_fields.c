#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

#define KEY_MAX 5

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

void exim_log_add(struct exim_log_line *out, struct slice key, struct slice value)
{
	if (out->nfields < EXIM_LOG_FIELDS)
		out->field[out->nfields++] = (struct exim_log_field){ key, value };
}

struct slice exim_log_field(const struct exim_log_line *x, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < x->nfields; i++)
		if (x->field[i].key.n == n && !memcmp(x->field[i].key.p, key, n))
			return x->field[i].value;
	return (struct slice){ NULL, 0 };
}

/* ---- values ----------------------------------------------------------- */

bool exim_log_angle(struct slice *s, struct slice *address)
{
	bool quoted = false;
	size_t i = cursor_until(*s, '>');

	if (!s->n || *s->p != '<' || i == s->n)
		return false;
	if (cursor_has((struct slice){ s->p, i }, '"'))
		i = 1;		/* it may stand in quotes: look at each byte */
	for (; i < s->n; i++) {
		if (s->p[i] == '"')
			quoted = !quoted;
		else if (quoted && s->p[i] == '\\')
			i++;
		else if (!quoted && s->p[i] == '>') {
			*address = (struct slice){ s->p + 1, i - 1 };
			*s = cursor_drop(*s, i + 1);
			return true;
		}
	}
	return false;
}

bool exim_log_ip(struct slice *s, struct exim_log_host *out)
{
	struct slice t = *s, text;
	uint64_t port = 0;
	size_t n = 0;

	if (!cursor_take(&t, "["))
		return false;
	text = slice_cut(&t, ']');
	if (s->n <= text.n + 1 || !ip_read(&out->ip, text))
		return false;
	if (t.n > 1 && *t.p == ':' && digit(t.p[1])) {
		t = cursor_drop(t, 1);
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

/* A quoted value, which ": why" may follow as well as the next field. */
static bool take_quoted(struct slice *s)
{
	for (size_t i = 1; i < s->n; i++) {
		struct slice t = cursor_drop(*s, i);

		if (*t.p == '\\')
			i++;
		else if (*t.p == '"' && (t.n == 1 || t.p[1] == ' ' ||
					slice_starts(t, "\": ") || slice_eq(t, "\":"))) {
			*s = cursor_drop(t, 1);
			return true;
		}
	}
	return false;
}

/* The value at the start of *s, as Exim delimits it under that key. */
static bool take_value(struct slice *s, struct slice key, struct slice *value)
{
	struct slice t = *s;

	if (slice_starts(key, "id")) {		/* an address */
		*value = cursor_address(&t);
	} else if (t.n && *t.p == '"') {
		if (!take_quoted(&t))
			return false;
		*value = (struct slice){ s->p + 1, (size_t)(t.p - s->p) - 2 };
	} else if (t.n && *t.p == '<') {
		if (!exim_log_angle(&t, value))
			return false;
		*value = (struct slice){ s->p, (size_t)(t.p - s->p) };
	} else {
		*value = (struct slice){ t.p, cursor_until(t, ' ') };
		t = cursor_drop(t, value->n);
	}
	*s = t;
	return true;
}

/* ---- keys ------------------------------------------------------------- */

/* "K=" at the start of s, K of one to five letters or digits, or "id*". */
static bool read_key(struct slice s, struct slice *key)
{
	size_t n = 0;

	while (n < s.n && n <= KEY_MAX &&
	       ((s.p[n] >= 'A' && s.p[n] <= 'Z') || (s.p[n] >= 'a' && s.p[n] <= 'z') ||
		digit(s.p[n]) || (n == 2 && s.p[n] == '*')))
		n++;
	*key = (struct slice){ s.p, n };
	return n && n <= KEY_MAX && n < s.n && s.p[n] == '=';
}

/* P X S A F U R; CV RT DN Ci; M8S SNI PRX RET */
static bool follows_a_client(struct slice key)
{
	switch (key.n) {
	case 1:
		return strchr("PXSAFUR", *key.p) != NULL;
	case 2:
		return slice_eq(key, "CV") || slice_eq(key, "RT") || slice_eq(key, "DN") ||
			slice_eq(key, "Ci");
	case 3:
		return slice_eq(key, "M8S") || slice_eq(key, "SNI") ||
			slice_eq(key, "PRX") || slice_eq(key, "RET");
	default:
		return false;
	}
}

/* A word without value: TFO, K, PRDR, or how pipelining went ("L", "L*", "L.-"). */
static bool is_flag(struct slice word)
{
	if (!word.n || word.n > 8)
		return false;
	if (slice_eq(word, "TFO") || slice_eq(word, "TFO*") || slice_eq(word, "K") ||
	    slice_eq(word, "PRDR") || slice_eq(word, "SMTPUTF8"))
		return true;
	if (*word.p != 'L' || word.n > 4)
		return false;
	for (size_t i = 1; i < word.n; i++)
		if (!strchr("*.-", word.p[i]) || !word.p[i])
			return false;
	return true;
}

static bool take_iface(struct slice *s, struct exim_log_line *out)
{
	struct exim_log_host h;
	struct slice t = *s;

	if (!cursor_take(&t, "I=") || !exim_log_ip(&t, &h))
		return false;
	out->iface = h.ip;
	out->iface_port = h.port;
	*s = t;
	return true;
}

/* F= and A= are also what everybody asks for. */
static void note(struct exim_log_line *out, struct slice key, struct slice value)
{
	if (slice_eq(key, "A"))
		out->login = value;
	/* Exim's own mark that the id is its own says nothing of the message. */
	if (!slice_eq(key, "id*"))
		exim_log_add(out, key, value);
}

static bool take_flag(struct slice *s)
{
	struct slice t = *s, word = slice_cut(&t, ' ');

	if (!is_flag(word))
		return false;
	*s = cursor_drop(*s, word.n);
	return true;
}

bool exim_log_client_field(struct slice *s, struct exim_log_line *out)
{
	struct slice t = *s, key, value;

	if (!read_key(t, &key))
		return take_flag(s);
	if (take_iface(s, out))
		return true;
	t = cursor_drop(t, key.n + 1);
	if (!follows_a_client(key) || !take_value(&t, key, &value))
		return false;
	if (value.n && value.p[value.n - 1] == ':') {	/* what follows needs it */
		value.n--;
		t = (struct slice){ t.p - 1, t.n + 1 };
	}
	if (!slice_eq(key, "F") || !exim_log_angle(&value, &out->sender))
		note(out, key, value);
	*s = t;
	return true;
}

void exim_log_client_fields(struct slice *s, struct exim_log_line *out)
{
	struct slice t = *s;

	while (cursor_take(&t, " ") && exim_log_client_field(&t, out))
		*s = t;
}

bool exim_log_any_field(struct slice *s, struct exim_log_line *out, bool *ends)
{
	struct slice t = *s, key, value;

	*ends = false;
	if (!cursor_take(&t, " "))
		return false;
	if (!read_key(t, &key)) {
		if (!take_flag(&t))
			return false;
	} else if (!take_iface(&t, out)) {
		t = cursor_drop(t, key.n + 1);
		if (!take_value(&t, key, &value))
			return false;
		if (value.n && value.p[value.n - 1] == ':') {
			value.n--;
			*ends = true;
		}
		note(out, key, value);
	}
	/* A quoted value or an address is followed by the colon. */
	if (!*ends && t.n && *t.p == ':') {
		t = cursor_drop(t, 1);
		*ends = true;
	}
	*s = t;
	return true;
}

void exim_log_times(struct slice *s, struct exim_log_line *out)
{
	for (;;) {
		const char *at = s->n ? memrchr(s->p, ' ', s->n) : NULL;
		struct slice word, key;

		if (!at)
			return;
		word = cursor_drop(*s, (size_t)(at - s->p) + 1);
		if (word.n < 4 || (!slice_starts(word, "QT=") && !slice_starts(word, "DT=")) ||
		    !digit(word.p[3]))
			return;
		key = (struct slice){ word.p, 2 };
		exim_log_add(out, key, cursor_drop(word, 3));
		s->n = (size_t)(at - s->p);
	}
}
