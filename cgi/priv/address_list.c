#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/ip.h"
#include "base/utf8.h"
#include "priv/address_list.h"
#include "priv/field.h"
#include "priv/files.h"

const char *address_list_path(const struct address_list *l, char out[64])
{
	snprintf(out, 64, "/%s/%s", l->dir, l->name);
	return out;
}

int address_file_read(const struct address_list *l, struct arena *a,
		      struct address_file *out, struct err *e)
{
	char path[64], *p;
	int fd = files_open_roots(address_list_path(l, path) + 1, ADDRESS_LIST_MAX, e), rc;

	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	rc = fstat(fd, &out->st) ? err_set(e, ERR_UNAVAILABLE, "%s cannot be looked at", path) :
		io_read_all(fd, ADDRESS_LIST_MAX, a, &p, &out->text.n, path, e);
	close(fd);
	if (!rc)
		out->text.p = p;
	return rc;
}

/* ---- whose line it is --------------------------------------------------- */

/* "192.0.2.1", "192.0.2.1/32", "s=2001:db8::1", "d=2001:db8::1/128" */
static bool is_address(struct slice word, const struct ip *ip)
{
	struct slice bits;
	struct ip found;

	word = slice_trim(word);
	if (slice_starts(word, "s=") || slice_starts(word, "d="))
		word = (struct slice){ word.p + 2, word.n - 2 };
	bits = word;
	word = slice_cut(&bits, '/');
	return ip_read(&found, word) && ip_equal(&found, ip) &&
		(!bits.n || slice_eq(bits, found.family == 4 ? "32" : "128"));
}

static bool names(const struct address_list *l, struct slice line, const struct ip *ip)
{
	struct slice entry = slice_trim(line);

	if (l->temporary) {
		slice_cut(&entry, '|');
		return is_address(slice_cut(&entry, '|'), ip);
	}
	entry = slice_cut(&entry, '#');
	if (!memchr(entry.p, '|', entry.n))
		return is_address(entry, ip);
	while (entry.n)
		if (is_address(slice_cut(&entry, '|'), ip))
			return true;
	return false;
}

unsigned address_entries(const struct address_list *l, struct slice text,
			 const char *ip, struct address_entry *out)
{
	unsigned found = 0, number = 0;
	const char *start = text.p;
	struct ip wanted;

	if (!ip_parse(&wanted, ip))
		return 0;
	while (text.n) {
		const char *p = text.p;
		struct slice line = slice_cut(&text, '\n');

		number++;
		if (!names(l, line, &wanted) || found++)
			continue;
		*out = (struct address_entry){ number, line, (size_t)(p - start),
			(size_t)(text.p - p) };
	}
	return found;
}

/* ---- the value ---------------------------------------------------------- */

static bool can_be_shown(struct slice s)
{
	while (s.n) {
		size_t n = utf8_unshown(s) ? 0 : utf8_length(s);

		if (!n)
			return false;
		s.p += n;
		s.n -= n;
	}
	return true;
}

bool address_value_split(const char *value, unsigned *number, struct slice *line)
{
	struct slice rest = slice_of(value), head = slice_cut(&rest, ':');
	uint64_t n;

	if (!slice_starts(head, "line "))
		return false;
	head = (struct slice){ head.p + 5, head.n - 5 };
	if (!slice_uint(head, 100000000, &n) || !n || rest.n < 2 || *rest.p != ' ')
		return false;
	*number = (unsigned)n;
	*line = (struct slice){ rest.p + 1, rest.n - 1 };
	return can_be_shown(*line);
}

static int refuse(const struct address_list *l, const char *ip, const char *why,
		  struct err *e)
{
	char path[64];

	return err_set(e, ERR_DENIED, "%s: the entry of %s %s; change it by hand",
		       address_list_path(l, path), ip, why);
}

static int value_of(const struct address_list *l, struct slice text, const char *ip,
		    char value[SETTING_MAX], struct err *e)
{
	struct address_entry x;
	unsigned n = address_entries(l, text, ip, &x);

	field_print(value, SETTING_MAX, "%s", NOT_LISTED);
	if (!n)
		return 0;
	if (n > 1 && !l->temporary)
		return refuse(l, ip, "stands in more than one line", e);
	if (!can_be_shown(x.line))
		return refuse(l, ip, "holds bytes that cannot be shown", e);
	if (snprintf(value, SETTING_MAX, "line %u: %.*s", x.number, (int)x.line.n,
		     x.line.p) >= SETTING_MAX)
		return refuse(l, ip, "is too long", e);
	return 0;
}

int address_list_read(const struct address_list *l, const char *ip,
		      char value[SETTING_MAX], struct err *e)
{
	struct arena a = ARENA_INIT;
	struct address_file f;
	int rc = address_file_read(l, &a, &f, e);

	if (!rc)
		rc = value_of(l, f.text, ip, value, e);
	arena_clear(&a);
	return rc;
}

/* ---- the text ----------------------------------------------------------- */

struct slice address_text_without(struct slice text, const struct address_entry *x,
				  struct arena *a)
{
	char *p = arena_zalloc(a, text.n + 1);
	size_t after = x->at + x->whole;

	memcpy(p, text.p, x->at);
	memcpy(p + x->at, text.p + after, text.n - after);
	return (struct slice){ p, text.n - x->whole };
}

struct slice address_text_with(struct slice text, unsigned number,
			       struct slice line, struct arena *a)
{
	char *p = arena_zalloc(a, text.n + line.n + 3);
	struct slice rest = text;
	size_t at, n;

	while (--number && rest.n)
		slice_cut(&rest, '\n');
	at = n = text.n - rest.n;
	if (at)
		memcpy(p, text.p, at);
	if (at && p[at - 1] != '\n')
		p[n++] = '\n';
	memcpy(p + n, line.p, line.n);
	n += line.n;
	p[n++] = '\n';
	if (rest.n)
		memcpy(p + n, text.p + at, rest.n);
	return (struct slice){ p, n + rest.n };
}
