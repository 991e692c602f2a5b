#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "priv/spool_head.h"

#define ADDRESS_MAX 150		/* of a value in the journal there is room beside it */
#define HEADER_MAX (1u << 20)

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool is_base62(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!s[i] || !strchr(base62, s[i]))
			return false;
	return true;
}

bool spool_id_ok(const char *id)
{
	size_t n = strlen(id), middle = n == 16 ? 6 : 11;

	return (n == 16 || n == 23) && is_base62(id, 6) && id[6] == '-' &&
		is_base62(id + 7, middle) && id[7 + middle] == '-' &&
		is_base62(id + 8 + middle, n - 8 - middle);
}

static struct slice drop(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.n - n };
}

static bool is_number(struct slice s, uint64_t max, uint64_t *out)
{
	return s.n && slice_uint(s, max, out);
}

/* The value of an ACL variable follows its line, so many bytes and a line end. */
static bool skip_value(struct slice line, struct slice *text)
{
	struct slice number = line;
	uint64_t n;

	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == ' ')
			number = drop(line, i + 1);
	if (number.n == line.n || !is_number(number, HEADER_MAX, &n) || text->n < n + 1 ||
	    text->p[n] != '\n')
		return false;
	*text = drop(*text, n + 1);
	return true;
}

/* "-aclc name 5", "--aclm name 5", "--(quoter)aclm name 5" */
static bool is_variable(struct slice line)
{
	while (line.n && *line.p == '-')
		line = drop(line, 1);
	if (line.n && *line.p == '(') {
		while (line.n && *line.p != ')')
			line = drop(line, 1);
		line = line.n ? drop(line, 1) : line;
	}
	return slice_starts(line, "acl");
}

/* All lines that begin with '-'; *text is behind them. */
static bool read_options(struct slice *text, struct spool_head *out)
{
	struct slice line;

	while (text->n && *text->p == '-') {
		if (!slice_line(text, &line))
			return false;
		if (is_variable(line)) {
			if (!skip_value(line, text))
				return false;
		} else if (slice_starts(line, "-frozen ")) {
			out->frozen = true;
		}
	}
	return true;
}

/* What goes into values and lists: one address without blanks. */
static bool is_plain(struct slice s)
{
	if (s.n < 3 || s.n > ADDRESS_MAX || !memchr(s.p, '@', s.n))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static bool read_envelope(struct slice *text, const char *id, struct spool_head *out)
{
	struct slice line, count;
	uint64_t n;

	if (!slice_line(text, &line) || line.n != strlen(id) + 2 ||
	    !slice_starts(line, id) || memcmp(line.p + line.n - 2, "-H", 2) ||
	    !slice_line(text, &line) ||			/* login, uid, gid */
	    !slice_line(text, &line) || line.n < 2 || *line.p != '<')
		return false;
	out->bounce = slice_eq(line, "<>");
	if (!slice_line(text, &line))
		return false;
	out->received = slice_cut(&line, ' ');
	if (!is_number(out->received, UINT32_MAX * 8ull, &n) || !read_options(text, out))
		return false;
	/* Nobody has it yet, and one waits for it. */
	if (!slice_line(text, &line) || !slice_eq(line, "XX") ||
	    !slice_line(text, &count) || !slice_eq(count, "1") || !slice_line(text, &line))
		return false;
	out->to = slice_cut(&line, ' ');
	return is_plain(out->to) && slice_line(text, &line) && !line.n;
}

/* "nnnF text", so many bytes of text; a removed one has the flag '*'. */
static bool next_header(struct slice *text, struct slice *out)
{
	struct slice number = *text;
	uint64_t n;
	char flag;

	for (number.n = 0; number.n < text->n && number.p[number.n] >= '0' &&
	     number.p[number.n] <= '9'; number.n++)
		;
	if (number.n < 3 || !is_number(number, HEADER_MAX, &n) ||
	    text->n < number.n + 2 + n || text->p[number.n + 1] != ' ')
		return false;
	flag = text->p[number.n];
	*out = (struct slice){ text->p + number.n + 2, flag == '*' ? 0 : n };
	*text = drop(*text, number.n + 2 + n);
	return true;
}

static void read_headers(struct slice text, struct spool_head *out)
{
	static const char name[] = "X-Failed-Recipients:";
	struct slice header, line;

	while (next_header(&text, &header)) {
		if (header.n < sizeof(name) || strncasecmp(header.p, name, sizeof(name) - 1))
			continue;
		header = drop(header, sizeof(name) - 1);
		if (slice_line(&header, &line) && is_plain(slice_trim(line)))
			out->failed = slice_trim(line);
		return;
	}
}

bool spool_head_read(struct slice text, const char *id, struct spool_head *out)
{
	memset(out, 0, sizeof(*out));
	if (!read_envelope(&text, id, out))
		return false;
	read_headers(text, out);
	return true;
}
