#include <string.h>

#include "mail/exim_log.h"
#include "mail/when.h"

/* Readings of a client address that are looked at; more is as good as two. */
#define READINGS_ENOUGH 2

static struct slice drop(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.n - n };
}

static bool take(struct slice *s, const char *prefix)
{
	if (!slice_starts(*s, prefix))
		return false;
	*s = drop(*s, strlen(prefix));
	return true;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool base62(char c)
{
	return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- time ------------------------------------------------------------- */

/* `pattern` against the start of s: 'd' is a digit, all else itself. */
static bool shaped(struct slice s, const char *pattern)
{
	size_t n = strlen(pattern);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pattern[i] == 'd' ? !digit(s.p[i]) : pattern[i] != s.p[i])
			return false;
	return true;
}

static int digits(const char *p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++)
		v = v * 10 + (p[i] - '0');
	return v;
}

static bool take_clock(const char *p, struct exim_log_time *out)
{
	int month = digits(p + 5, 2), day = digits(p + 8, 2);
	int hour = digits(p + 11, 2), minute = digits(p + 14, 2);
	int second = digits(p + 17, 2);

	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
	    minute > 59 || second > 60)
		return false;
	out->wall = when_days(digits(p, 4), month, day) * 86400 + hour * 3600 +
		minute * 60 + second;
	return out->present = true;
}

/* " +hhmm" or "+hh:mm": shape has the sign in place and ends in the minutes. */
static void take_zone(struct slice *s, const char *shape, struct exim_log_time *out)
{
	size_t n = strlen(shape), sign = *shape == ' ';

	if (!shaped(*s, shape))
		return;
	out->has_zone = true;
	out->zone = (digits(s->p + sign + 1, 2) * 60 + digits(s->p + n - 2, 2)) *
		(s->p[sign] == '-' ? -1 : 1);
	*s = drop(*s, n);
}

/* "YYYY-MM-DD HH:MM:SS[.ddd][ +hhmm] " */
static bool take_time(struct slice *s, struct exim_log_time *out)
{
	struct slice t = *s;

	if (!shaped(t, "dddd-dd-dd dd:dd:dd") || !take_clock(t.p, out))
		return false;
	t = drop(t, 19);
	if (shaped(t, ".ddd")) {
		out->ms = (unsigned)digits(t.p + 1, 3);
		t = drop(t, 4);
	}
	take_zone(&t, " +dddd", out);
	take_zone(&t, " -dddd", out);
	take(&t, " ");
	*s = t;
	return true;
}

/* ---- what stands before the message ----------------------------------- */

/* "exim[123]: ", the tag that a syslog daemon adds. */
static bool take_tag(struct slice *s, uint64_t *pid)
{
	struct slice t = *s, number;
	size_t n = 0;

	while (n < t.n && (base62(t.p[n]) || t.p[n] == '-'))
		n++;
	t = drop(t, n);
	if (!n || !take(&t, "["))
		return false;
	number = slice_cut(&t, ']');
	if (!slice_uint(number, UINT32_MAX, pid) || !take(&t, ": "))
		return false;
	*s = t;
	return true;
}

/* "host exim[123]: " */
static bool take_host_tag(struct slice *s, uint64_t *pid)
{
	struct slice t = *s, host = slice_cut(&t, ' ');

	if (!host.n || !take_tag(&t, pid))
		return false;
	*s = t;
	return true;
}

static bool take_rfc3339(struct slice *s, struct exim_log_time *out)
{
	struct slice t = *s;
	size_t n = 0;

	if (!shaped(t, "dddd-dd-ddTdd:dd:dd") || !take_clock(t.p, out))
		return false;
	t = drop(t, 19);
	if (take(&t, "."))
		while (n < t.n && digit(t.p[n]))
			n++;
	t = drop(t, n);
	take_zone(&t, "+dd:dd", out);
	take_zone(&t, "-dd:dd", out);
	take(&t, "Z");
	take(&t, " ");
	*s = t;
	return true;
}

/* What a syslog daemon put before the line. RFC 3164 times have no year: they
 * are passed over, not guessed. */
static void take_syslog(struct slice *s, struct exim_log_line *out)
{
	struct slice t = *s;
	struct exim_log_time own = { 0 };

	if (!take_rfc3339(&t, &own) && t.n > 16 && t.p[3] == ' ' &&
	    t.p[6] == ' ' && shaped(drop(t, 7), "dd:dd:dd "))
		t = drop(t, 16);
	if (!take_host_tag(&t, &out->pid))
		return;
	out->ts = own;
	*s = t;
}

/* "[1/2] " or, before the last piece, "[1\2] ": a line cut for syslog. */
static void take_chunk(struct slice *s)
{
	struct slice t = *s;
	size_t n = 0;

	if (!take(&t, "["))
		return;
	while (n < t.n && (digit(t.p[n]) || t.p[n] == '/' || t.p[n] == '\\'))
		n++;
	if (n > 2 && memchr(t.p, t.p[1] == '/' ? '/' : '\\', n) &&
	    (t = drop(t, n), take(&t, "] ")))
		*s = t;
}

static void take_pid(struct slice *s, uint64_t *pid)
{
	struct slice t = *s, number;
	uint64_t n;

	if (!take(&t, "["))
		return;
	number = slice_cut(&t, ']');
	if (slice_uint(number, UINT32_MAX, &n) && take(&t, " ")) {
		*pid = n;
		*s = t;
	}
}

static bool is_msgid(struct slice s, size_t middle, size_t end)
{
	size_t n = 6 + 1 + middle + 1 + end;

	if (s.n < n || (s.n > n && s.p[n] != ' '))
		return false;
	for (size_t i = 0; i < n; i++)
		if (i == 6 || i == 7 + middle ? s.p[i] != '-' : !base62(s.p[i]))
			return false;
	return true;
}

static void take_msgid(struct slice *s, struct slice *out)
{
	size_t n = is_msgid(*s, 6, 2) ? 16 : is_msgid(*s, 11, 4) ? 23 : 0;

	*out = (struct slice){ s->p, n };
	*s = drop(*s, n);
	if (n)
		take(s, " ");
}

/* ---- the client ------------------------------------------------------- */

static bool only(struct slice s, const char *chars)
{
	for (; s.n; s = drop(s, 1))
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
		only(drop(word, 1), "*.-");
}

/* DN="…": the quote that ends it is followed by a blank or the end. */
static bool take_quoted(struct slice *s)
{
	for (size_t i = 1; i < s->n; i++) {
		if (s->p[i] == '\\')
			i++;
		else if (s->p[i] == '"' && (i + 1 == s->n || s->p[i + 1] == ' ')) {
			*s = drop(*s, i + 1);
			return true;
		}
	}
	return false;
}

struct tail {
	struct slice auth;	/* after A= */
	struct slice after;	/* from "S=" (or "A=") on */
};

/*
 * The fields that follow the client, up to S= (the size, which every arrival
 * has) or A=. What comes behind is not needed to tell one reading from another.
 */
static bool read_tail(struct slice s, struct tail *out)
{
	memset(out, 0, sizeof(*out));
	while (take(&s, " ")) {
		struct slice at = s, word = slice_cut(&s, ' ');

		out->after = at;
		if (take(&word, "A=")) {
			out->auth = word;
			return true;
		}
		if (take(&word, "S="))
			return word.n && digit(*word.p);
		if (slice_starts(word, "DN=\"")) {
			s = drop(at, 3);
			if (!take_quoted(&s))
				return false;
		} else if (is_field(word)) {
			s = drop(at, word.n);
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

	if (!take(&t, "["))
		return false;
	text = slice_cut(&t, ']');
	if (!text.n || text.n >= sizeof(buf) || s->n <= text.n + 1)
		return false;
	memcpy(buf, text.p, text.n);
	buf[text.n] = '\0';
	if (strlen(buf) != text.n || !ip_parse(&out->ip, buf))
		return false;
	if (take(&t, ":")) {
		while (n < t.n && digit(t.p[n]))
			n++;
		if (!slice_uint((struct slice){ t.p, n }, 65535, &port))
			return false;
		t = drop(t, n);
	}
	out->port = (unsigned)port;
	*s = t;
	return true;
}

/* One reading of "name (helo) [ip]:port tail" with the address at `at`. */
static bool read_host(struct slice s, size_t at, struct exim_log_host *out,
		      struct tail *tail)
{
	struct slice rest = drop(s, at);

	memset(out, 0, sizeof(*out));
	return read_names((struct slice){ s.p, at }, out) &&
		take_ip(&rest, out) && read_tail(rest, tail);
}

/*
 * Every "[" may begin the address: a HELO can hold brackets, addresses and the
 * fields that would follow them. One reading is believed, several are nobody's.
 */
static void take_host(struct slice s, struct exim_log_line *out, struct tail *tail)
{
	struct exim_log_host host;
	struct tail t;
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

/* ---- arrivals --------------------------------------------------------- */

/* An address ends at the first blank outside quotes. */
static struct slice take_address(struct slice *s)
{
	struct slice address = *s;
	bool quoted = false;
	size_t i;

	for (i = 0; i < s->n && (quoted || s->p[i] != ' '); i++) {
		if (s->p[i] == '"')
			quoted = !quoted;
		else if (quoted && s->p[i] == '\\')
			i++;
	}
	if (i > s->n)
		i = s->n;
	address.n = i;
	*s = drop(*s, i);
	return address;
}

static size_t word_length(struct slice s)
{
	return slice_cut(&s, ' ').n;
}

static bool find(struct slice s, const char *what, size_t *at)
{
	const char *p = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;

	if (p)
		*at = (size_t)(p - s.p);
	return p != NULL;
}

/* " for a@b c@d" at the end. A subject (T="…", quotes and backslashes in it
 * escaped) may hold " for " too, so that is passed over. */
static struct slice recipients(struct slice s)
{
	size_t at;

	if (find(s, " T=\"", &at)) {
		s = drop(s, at + 3);
		if (!take_quoted(&s))
			return (struct slice){ s.p, 0 };
	}
	if (!find(s, " for ", &at))
		return (struct slice){ s.p, 0 };
	return drop(s, at + 5);
}

static void read_arrival(struct slice s, struct exim_log_line *out)
{
	struct slice fields;
	struct tail tail;

	out->addr = take_address(&s);
	if (slice_eq(out->addr, "<>"))
		out->addr.n = 0;
	fields = s;
	if (slice_starts(s, " R="))	/* the message this one answers */
		s = drop(s, 1), s = drop(s, word_length(s));
	if (take(&s, " H="))
		take_host(s, out, &tail);
	else if (!read_tail(s, &tail))
		tail.after = fields;
	if (tail.auth.n) {
		out->auth = true;
		out->auth_by = tail.auth;
	}
	out->text = tail.after.n ? tail.after : s;
	out->rcpts = recipients(out->text);
}

/* ---- deliveries ------------------------------------------------------- */

/* "|command args" and "/file" hold blanks: they end where "(parents)" or
 * "<address>" begin. */
static struct slice take_target(struct slice *s)
{
	struct slice target = *s;
	size_t n = s->n;

	if (!s->n || !strchr("|/>", *s->p))
		return take_address(s);
	if (!find(*s, " (", &n) && !find(*s, " <", &n))
		find(*s, " R=", &n);
	target.n = n;
	*s = drop(*s, n);
	return target;
}

static struct slice field(struct slice s, const char *key)
{
	size_t at;

	if (!find(s, key, &at))
		return (struct slice){ s.p, 0 };
	s = drop(s, at + strlen(key));
	s = slice_cut(&s, ' ');
	if (s.n && s.p[s.n - 1] == ':')
		s.n--;
	return s;
}

static void read_delivery(struct slice s, struct exim_log_line *out)
{
	out->addr = take_target(&s);
	if (out->type != EXIM_LOG_DELIVERY && out->addr.n &&
	    out->addr.p[out->addr.n - 1] == ':')
		out->addr.n--;		/* "** a@b: why" */
	take(&s, " ");
	if (slice_starts(s, "(")) {	/* the addresses in between */
		slice_cut(&s, ')');
		take(&s, " ");
	}
	if (take(&s, "<"))
		out->orig = slice_cut(&s, '>');
	out->router = field(s, "R=");
	out->transport = field(s, " T=");
	out->text = s;
}

/* ---- the line --------------------------------------------------------- */

static const struct {
	const char *flag;
	enum exim_log_type type;
} flags[] = {
	{ "<=", EXIM_LOG_ARRIVAL }, { "(=", EXIM_LOG_ARRIVAL },
	{ "=>", EXIM_LOG_DELIVERY }, { "->", EXIM_LOG_DELIVERY },
	{ ">>", EXIM_LOG_DELIVERY }, { "*>", EXIM_LOG_DELIVERY },
	{ "**", EXIM_LOG_FAIL }, { "==", EXIM_LOG_DEFER },
};

static void read_body(struct slice s, struct exim_log_line *out)
{
	out->text = s;
	if (slice_eq(s, "Completed") || slice_starts(s, "Completed "))
		out->type = EXIM_LOG_COMPLETED;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!slice_starts(s, flags[i].flag) || s.n < 4 || s.p[2] != ' ')
			continue;
		memcpy(out->flag, flags[i].flag, 3);
		out->type = flags[i].type;
		s = drop(s, 3);
		if (out->type == EXIM_LOG_ARRIVAL)
			read_arrival(s, out);
		else
			read_delivery(s, out);
		return;
	}
}

void exim_log_parse(struct slice line, struct exim_log_line *out)
{
	memset(out, 0, sizeof(*out));
	if (!take_time(&line, &out->ts)) {
		take_syslog(&line, out);
		take_chunk(&line);
		take_time(&line, &out->ts);
	} else {
		take_host_tag(&line, &out->pid);
	}
	take_pid(&line, &out->pid);
	take_msgid(&line, &out->msgid);
	/* Only a line about a message can say what became of one. */
	if (out->msgid.n)
		read_body(line, out);
	else
		out->text = line;
}

struct slice exim_log_domain(struct slice address)
{
	size_t i = address.n;

	while (i && address.p[i - 1] != '@')
		i--;
	return i ? drop(address, i) : (struct slice){ address.p, 0 };
}
