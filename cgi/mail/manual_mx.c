#include <string.h>
#include <strings.h>

#include "mail/cursor.h"
#include "mail/exim_list.h"
#include "mail/manual_mx.h"

#define ITEM_MAX 300

void manual_mx_init(struct manual_mx *m, struct slice text)
{
	domain_list_init(&m->keys, text);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice skip_blanks(struct slice s)
{
	while (s.n && is_blank(*s.p))
		s = cursor_drop(s, 1);
	return s;
}

static struct slice skip_quoted(struct slice s)
{
	for (s = cursor_drop(s, 1); s.n && *s.p != '"'; s = cursor_drop(s, 1))
		if (*s.p == '\\' && s.n > 1)
			s = cursor_drop(s, 1);
	return s.n ? cursor_drop(s, 1) : s;
}

static struct slice skip_word(struct slice s)
{
	while (s.n && *s.p != ':' && !is_blank(*s.p))
		s = cursor_drop(s, 1);
	return s;
}

/* What follows the key on its line: past its colon, if it has one. */
static struct slice value_of(struct slice line)
{
	line = skip_blanks(slice_starts(line, "\"") ? skip_quoted(line) : skip_word(line));
	cursor_take(&line, ":");
	return skip_blanks(line);
}

/* The host list of a route: its first word, or what is quoted. Options follow. */
static bool take_hosts(struct slice value, struct slice *hosts)
{
	struct slice rest = value;

	if (slice_starts(value, "\"")) {
		if (!cursor_quoted(&rest))
			return false;
		*hosts = (struct slice){ value.p + 1, (size_t)(rest.p - value.p) - 2 };
		return !hosts->n || !memchr(hosts->p, '\\', hosts->n);
	}
	while (rest.n && !is_blank(*rest.p))
		rest = cursor_drop(rest, 1);
	*hosts = (struct slice){ value.p, (size_t)(rest.p - value.p) };
	return true;
}

/* A list with blanks in it and no quotes around it, "a : b" or "a: b": Exim takes
 * what follows the first word for options. */
static bool goes_on(struct slice value, struct slice hosts)
{
	struct slice rest = { hosts.p + hosts.n, 0 };

	rest.n = (size_t)(value.p + value.n - rest.p);
	rest = skip_blanks(rest);
	return *value.p != '"' && rest.n &&
		(*rest.p == ':' || hosts.p[hosts.n - 1] == ':' || *hosts.p == '<');
}

static void read_value(struct slice value, struct manual_mx_entry *out)
{
	if (!value.n)
		out->why = "no host stands behind the domain";
	else if (!take_hosts(value, &out->hosts))
		out->why = "the quoted list of hosts cannot be read";
	else if (goes_on(value, out->hosts))
		out->why = "a list of hosts with blanks in it needs quotes";
	if (out->why)
		out->hosts.n = 0;
}

/* A value may go on in lines that begin with a blank: they were never seen here,
 * so the domain list tells of those that look like something. */
bool manual_mx_next(struct manual_mx *m, struct manual_mx_entry *out)
{
	struct domain_list_entry x;

	if (!domain_list_next(&m->keys, &x))
		return false;
	memset(out, 0, sizeof(*out));
	out->line = x.line;
	memcpy(out->domain, x.domain, sizeof(out->domain));
	if (x.kind == LIST_ENTRY_MEMBER)
		read_value(value_of(x.text), out);
	else
		out->why = x.why;
	m->keys.spare.n = 0;	/* further words are the value, not domains */
	return true;
}

/* ---- hosts ------------------------------------------------------------ */

/* The item with its doubled separators made single. */
static bool copy_item(char out[ITEM_MAX], struct slice item, char separator)
{
	size_t n = 0;

	for (size_t i = 0; i < item.n; i++) {
		if (n + 1 == ITEM_MAX || !item.p[i])
			return false;
		out[n++] = item.p[i];
		if (item.p[i] == separator)
			i++;
	}
	out[n] = '\0';
	return true;
}

static bool is_port(const char *s)
{
	uint64_t port;

	return slice_uint(slice_of(s), 65535, &port) && port;
}

/* Takes ":25" and "/mx" off the end, in either order. False: a port that is none. */
static bool cut_ends(char *item, struct manual_mx_host *out)
{
	char *end;

	for (int i = 0; i < 2; i++) {
		end = strrchr(item, '/');
		if (end && !strcasecmp(end, "/mx")) {
			out->by_mx = true;
			*end = '\0';
		}
		end = strrchr(item, ':');
		if (end && strchr(item, ':') == end) {
			if (!is_port(end + 1))
				return false;
			*end = '\0';
			out->has_port = true;
		}
	}
	return true;
}

static bool in_brackets(char *item, struct manual_mx_host *out)
{
	char *end = strchr(item, ']');

	if (!end || (end[1] && (end[1] != ':' || !is_port(end + 2))))
		return false;
	out->has_port = end[1] != '\0';
	*end = '\0';
	return ip_parse(&out->ip, item + 1);
}

static bool read_item(char *item, struct manual_mx_host *out)
{
	size_t n;

	memset(out, 0, sizeof(*out));
	if (*item == '[')
		return in_brackets(item, out);
	if (ip_parse(&out->ip, item))
		return true;
	if (!cut_ends(item, out))
		return false;
	if (ip_parse(&out->ip, item))
		return !out->by_mx;
	n = strlen(item);
	if (n && item[n - 1] == '.')
		item[--n] = '\0';
	if (n >= sizeof(out->name) || !text_is_domain(item))
		return false;
	memcpy(out->name, text_lower(item), n + 1);
	return true;
}

bool manual_mx_host(struct slice *hosts, char *separator,
		    struct manual_mx_host *out, const char **why)
{
	char item[ITEM_MAX];

	*why = NULL;
	if (!*separator)
		*separator = exim_list_separator(hosts);
	while (hosts->n) {
		struct slice s = exim_list_item(hosts, *separator);

		if (!s.n || slice_eq(s, "+"))	/* "+": a new group of equals */
			continue;
		if (copy_item(item, s, *separator) && read_item(item, out))
			return true;
		*why = "one of its hosts cannot be understood";
		return false;
	}
	return false;
}
