#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "render/log_line.h"

/* ---- JSON ------------------------------------------------------------- */

static void add_escape(struct buf *b, unsigned value)
{
	static const char hex[] = "0123456789abcdef";
	char out[6] = { '\\', 'u' };

	for (int i = 0; i < 4; i++)
		out[2 + i] = hex[(value >> (12 - 4 * i)) & 15];
	buf_add(b, out, sizeof(out));
}

/* How many bytes at the start of s stand in JSON as they are. */
static size_t plain(struct slice s)
{
	size_t i = 0, n;

	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80) {
			n = utf8_length((struct slice){ s.p + i, s.n - i });
			if (!n)
				break;
			i += n;
		} else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
			break;
		} else {
			i++;
		}
	}
	return i;
}

static void add_string(struct buf *b, struct slice s)
{
	buf_add(b, "\"", 1);
	while (s.n) {
		size_t n = plain(s);
		unsigned char c;

		buf_add(b, s.p, n);
		s.p += n;
		s.n -= n;
		if (!s.n)
			break;
		c = (unsigned char)*s.p;
		if (c == '"' || c == '\\') {
			char pair[2] = { '\\', (char)c };

			buf_add(b, pair, 2);
		} else {
			add_escape(b, c < 0x80 ? c : 0xdc00u + c);
		}
		s.p++;
		s.n--;
	}
	buf_add(b, "\"", 1);
}

static void add_key(struct buf *b, const char *key)
{
	if (b->data[b->len - 1] != '{')
		buf_add(b, ",", 1);
	add_string(b, slice_of(key));
	buf_add(b, ":", 1);
}

static void put(struct buf *b, const char *key, struct slice value)
{
	if (!value.p)
		return;
	add_key(b, key);
	add_string(b, value);
}

/* The same for what has no value when it is empty. */
static void put_some(struct buf *b, const char *key, struct slice value)
{
	if (value.n)
		put(b, key, value);
}

static void put_number(struct buf *b, const char *key, long long value)
{
	add_key(b, key);
	buf_printf(b, "%lld", value);
}

static void put_ip(struct buf *b, const char *key, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (ip->family)
		put(b, key, slice_of(ip_text(text, ip)));
}

static void put_true(struct buf *b, const char *key, bool value)
{
	if (!value)
		return;
	add_key(b, key);
	buf_puts(b, "true");
}

/* ---- lists ------------------------------------------------------------ */

/* The next address of a list; quoted local parts may hold what divides it. */
static bool next_address(struct slice *rest, char divider, struct slice *out)
{
	bool quoted = false;
	size_t i;

	while (rest->n && *rest->p == ' ')
		rest->p++, rest->n--;
	if (!rest->n)
		return false;
	for (i = 0; i < rest->n && (quoted || rest->p[i] != divider); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
	}
	*out = (struct slice){ rest->p, i };
	rest->p += i < rest->n ? i + 1 : i;
	rest->n -= i < rest->n ? i + 1 : i;
	return true;
}

static void put_list(struct buf *b, const char *key, struct slice list, char divider)
{
	struct slice one;
	bool first = true;

	if (!list.p)
		return;
	add_key(b, key);
	buf_add(b, "[", 1);
	while (next_address(&list, divider, &one)) {
		if (!first)
			buf_add(b, ",", 1);
		add_string(b, one);
		first = false;
	}
	buf_add(b, "]", 1);
}

static void put_candidates(struct buf *b, const struct exim_log_line *x)
{
	char text[IP_TEXT_MAX];

	if (!x->host.ambiguous)
		return;
	put_true(b, "ambiguous", true);
	add_key(b, "ip_candidates");
	buf_add(b, "[", 1);
	for (size_t i = 0; i < x->ncandidates; i++) {
		if (i)
			buf_add(b, ",", 1);
		add_string(b, slice_of(ip_text(text, &x->candidates[i])));
	}
	buf_add(b, "]", 1);
}

static void put_fields(struct buf *b, const struct exim_log_line *x)
{
	if (!x->nfields)
		return;
	add_key(b, "fields");
	buf_add(b, "{", 1);
	for (size_t i = 0; i < x->nfields; i++) {
		if (i)
			buf_add(b, ",", 1);
		add_string(b, x->field[i].key);
		buf_add(b, ":", 1);
		add_string(b, x->field[i].value);
	}
	buf_add(b, "}", 1);
}

/* ---- the object ------------------------------------------------------- */

static const char *zone_text(char out[20], const struct exim_log_time *t)
{
	unsigned minutes = (unsigned)(t->zone < 0 ? -t->zone : t->zone);

	snprintf(out, 20, "%c%02u%02u", t->zone < 0 ? '-' : '+', minutes / 60 % 100,
		 minutes % 60);
	return out;
}

static const char *time_text(char out[20], const struct exim_log_time *t)
{
	memcpy(out, t->said.p, 19);
	out[10] = ' ';
	out[19] = '\0';
	return out;
}

static void put_start(struct buf *b, const struct exim_log_line *x)
{
	char text[20];

	if (x->ts.present)
		put(b, "ts", slice_of(time_text(text, &x->ts)));
	if (x->ts.has_zone)
		put(b, "tz", slice_of(zone_text(text, &x->ts)));
	if (x->ts.has_ms)
		put_number(b, "ms", x->ts.ms);
	if (x->pid)
		put_number(b, "pid", (long long)x->pid);
	put_true(b, "syslog", x->syslog);
	put_some(b, "msgid", x->msgid);
	put(b, "type", slice_of(exim_log_type_name(x->type)));
	put_some(b, "flag", slice_of(x->flag));
}

static void put_host(struct buf *b, const struct exim_log_line *x)
{
	put_some(b, "host", x->host.name);
	put(b, "helo", x->host.helo);
	put_ip(b, "ip", &x->host.ip);
	if (x->host.port)
		put_number(b, "port", x->host.port);
	put_ip(b, "iface", &x->iface);
	if (x->iface_port)
		put_number(b, "iface_port", x->iface_port);
	put_candidates(b, x);
}

void log_line_json(struct buf *b, const struct exim_log_line *x)
{
	bool refusal = x->type == EXIM_LOG_REJECT || x->type == EXIM_LOG_SENDER_VERIFY;

	buf_add(b, "{", 1);
	put_start(b, x);
	put_host(b, x);
	put(b, "sender", x->sender);
	put(b, "addr", x->addr);
	put_list(b, "parents", x->parents, ',');
	put(b, "orig", x->orig);
	if (refusal && !x->host.ambiguous) {
		add_key(b, "temp");
		buf_puts(b, x->temp ? "true" : "false");
	}
	if (x->what)
		put(b, "what", slice_of(x->what));
	put(b, "rcpt", x->rcpt);
	put_list(b, "rcpts", x->rcpts, ' ');
	put(b, "arg", x->arg);
	put_true(b, "truncated", x->truncated || x->cut);
	put(b, "command", x->command);
	put(b, "auth", x->auth);
	if (x->smtp_code)
		put_number(b, "smtp_code", x->smtp_code);
	if (x->has_errno)
		put_number(b, "errno", x->error);
	put(b, "text", x->text);
	put(b, "set_id", x->set_id);
	put(b, "detail", x->detail);
	put(b, "subject", x->subject);
	put(b, "cwd", x->cwd);
	put_fields(b, x);
	buf_add(b, "}\n", 2);
}

/* ---- text ------------------------------------------------------------- */

static void say(struct buf *b, const char *label, struct slice s)
{
	if (!s.n)
		return;
	buf_puts(b, label);
	while (s.n) {
		size_t bad = utf8_unshown(s), n = bad ? bad : utf8_length(s);

		if (!bad)
			buf_add(b, s.p, n);
		for (size_t i = 0; i < bad; i++)
			buf_printf(b, "\\x%02x", (unsigned char)s.p[i]);
		s.p += n;
		s.n -= n;
	}
}

static void say_client(struct buf *b, const struct exim_log_line *x)
{
	char text[IP_TEXT_MAX];

	if (x->host.ambiguous)
		buf_puts(b, " from more than one possible address");
	say(b, " host ", x->host.name);
	say(b, " helo ", x->host.helo);
	if (x->host.ip.family)
		say(b, " [", slice_of(ip_text(text, &x->host.ip))), buf_puts(b, "]");
}

void log_line_text(struct buf *b, const struct exim_log_line *x)
{
	char text[20];

	buf_printf(b, "%-19s ", x->ts.present ? time_text(text, &x->ts) : "-");
	buf_puts(b, exim_log_type_name(x->type));
	say(b, " ", x->msgid);
	say_client(b, x);
	say(b, " login ", x->login);
	say(b, " login tried ", x->set_id);
	say(b, " from ", x->sender);
	say(b, " to ", x->rcpt.n ? x->rcpt : x->rcpts.n ? x->rcpts : x->addr);
	say(b, " for ", x->orig);
	say(b, " command ", x->command);
	if (x->temp)
		buf_puts(b, " for now");
	say(b, ": ", x->text.n ? x->text : x->subject);
	buf_add(b, "\n", 1);
}
