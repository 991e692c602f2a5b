#include <stddef.h>
#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

/* Addresses in a line that are looked at; a line with more is nobody's. */
#define ATTEMPTS_MAX 64

/* Not inline: compilers clear so much with an instruction that is slower than
 * memset. The fields stay, which nfields rules. */
__attribute__((noinline))
void exim_log_clear(struct exim_log_line *out, size_t from)
{
	memset((char *)out + from, 0, offsetof(struct exim_log_line, field) - from);
}

void exim_log_unsay(struct exim_log_line *out)
{
	enum exim_log_type type = out->type;

	exim_log_clear(out, offsetof(struct exim_log_line, type));
	out->type = type;
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
	if (s.n && *s.p != '(') {
		name = slice_cut(&s, ' ');
		if (!name.n || memchr(name.p, '(', name.n) || memchr(name.p, '[', name.n))
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

/* One reading, with the address at `at`. out is touched only when that much
 * is an address. */
static bool read_at(struct slice s, size_t at, exim_log_fits *fits,
		    struct exim_log_line *out, int *attempts)
{
	struct slice rest = cursor_drop(s, at);
	struct exim_log_host host = { .present = true };

	if (!read_names((struct slice){ s.p, at }, &host) || !exim_log_ip(&rest, &host))
		return false;
	(*attempts)++;
	exim_log_unsay(out);
	out->host = host;
	return fits(rest, out);
}

static void nobody(struct exim_log_line *out)
{
	exim_log_unsay(out);
	out->host.present = out->host.ambiguous = true;
}

bool exim_log_host(struct slice s, exim_log_fits *fits, struct exim_log_line *out)
{
	size_t first = 0, n = 0;
	const char *p = s.p, *end = s.p + s.n;
	int attempts = 0, at_first = 0, again = 0;

	for (; n < EXIM_LOG_CANDIDATES && attempts < ATTEMPTS_MAX && p < end; p++) {
		p = memchr(p, '[', (size_t)(end - p));
		if (!p)
			break;
		if (!read_at(s, (size_t)(p - s.p), fits, out, &attempts))
			continue;
		if (!n) {
			first = (size_t)(p - s.p);
			at_first = attempts;
		}
		out->candidates[n++] = out->host.ip;
	}
	if (n > 1 || attempts == ATTEMPTS_MAX) {
		out->ncandidates = n;
		nobody(out);
		return true;
	}
	if (!n && attempts)
		exim_log_unsay(out);
	/* What was tried afterwards has overwritten it. */
	if (n && attempts != at_first)
		read_at(s, first, fits, out, &again);
	return n == 1;
}
