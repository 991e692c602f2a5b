#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mx_text.h"
#include "base/text.h"

#define TEXT_MAX 1024
#define NONE "none"

static int by_preference(const void *a, const void *b)
{
	const struct mx_line *x = a, *y = b;
	int names = strcmp(x->host, y->host);

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return names ? names : x->ttl < y->ttl ? -1 : x->ttl > y->ttl;
}

static bool fits(const char *host)
{
	for (const char *p = host; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return false;
	return !strcmp(host, ".") || text_is_domain(host);
}

bool mx_text_print(char *out, size_t size, struct mx_line *lines, size_t n)
{
	size_t used = 0;

	qsort(lines, n, sizeof(*lines), by_preference);
	for (size_t i = 0; i < n; i++) {
		int w = snprintf(out + used, size - used, "%s%u %s ttl %u",
				 i ? ", " : "", lines[i].preference,
				 lines[i].host, lines[i].ttl);

		if (!fits(lines[i].host) || w < 0 || (size_t)w >= size - used)
			return false;
		used += (size_t)w;
	}
	return n ? n <= MX_LINES_MAX : snprintf(out, size, NONE) < (int)size;
}

/* The next word of the line; "" when there is none. */
static struct slice word(struct slice *s)
{
	return slice_cut(s, ' ');
}

static bool parse_line(struct slice s, struct mx_line *out)
{
	uint64_t preference, ttl;
	struct slice host;

	if (!slice_uint(word(&s), UINT16_MAX, &preference))
		return false;
	host = word(&s);
	if (!host.n || host.n >= MX_HOST_MAX || !slice_eq(word(&s), "ttl") ||
	    !slice_uint(s, INT32_MAX, &ttl))
		return false;
	memcpy(out->host, host.p, host.n);
	out->host[host.n] = '\0';
	out->preference = (uint16_t)preference;
	out->ttl = (uint32_t)ttl;
	return true;
}

bool mx_text_parse(const char *text, struct mx_line lines[MX_LINES_MAX], size_t *n)
{
	struct slice rest = slice_of(text);
	char again[TEXT_MAX];

	*n = 0;
	if (!strcmp(text, NONE))
		return true;
	while (rest.n) {
		struct slice line = slice_cut(&rest, ',');

		if (*n == MX_LINES_MAX || (*n && (!line.n || *line.p++ != ' ' || !line.n--)) ||
		    !parse_line(line, &lines[(*n)++]))
			return false;
	}
	return *n && mx_text_print(again, sizeof(again), lines, *n) &&
		!strcmp(again, text);
}
