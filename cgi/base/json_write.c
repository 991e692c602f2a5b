#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/utf8.h"

static void add(struct buf *b, const char *p, size_t n)
{
	if (buf_add(b, p, n))
		abort();
}

static void add_word(struct buf *b, const char *s)
{
	add(b, s, strlen(s));
}

/* What stands between a value and the one before it, and its name. */
static void begin(struct buf *b, const char *key)
{
	char before = b->len ? b->data[b->len - 1] : '[';

	if (before != '{' && before != '[')
		add(b, ",", 1);
	if (!key)
		return;
	add(b, "\"", 1);
	add_word(b, key);
	add(b, "\":", 2);
}

/* Of the bytes that stand for themselves, how many there are. */
static size_t plain_length(struct slice s)
{
	size_t n = 0, more;

	while (n < s.n && s.p[n] != '"' && s.p[n] != '\\' && (unsigned char)s.p[n] >= 0x20) {
		more = (unsigned char)s.p[n] < 0x80 ? 1 :
			utf8_length((struct slice){ s.p + n, s.n - n });
		if (!more)
			break;
		n += more;
	}
	return n;
}

/* One that does not. */
static void add_escaped(struct buf *b, unsigned char c)
{
	static const char codes[] = "\b\n\r\t\f\"\\", letters[] = "bnrtf\"\\";
	const char *at = c ? strchr(codes, c) : NULL;

	if (at) {
		add(b, "\\", 1);
		add(b, &letters[at - codes], 1);
	} else if (buf_printf(b, c < 0x20 ? "\\u%04x" : "\\\\x%02X", c)) {
		abort();
	}
}

static void add_string(struct buf *b, const char *value)
{
	struct slice rest = slice_of(value);

	add(b, "\"", 1);
	while (rest.n) {
		size_t n = plain_length(rest);

		add(b, rest.p, n);
		rest.p += n;
		rest.n -= n;
		if (!rest.n)
			break;
		add_escaped(b, (unsigned char)*rest.p);
		rest.p++;
		rest.n--;
	}
	add(b, "\"", 1);
}

void json_write_open(struct buf *b, const char *key, char bracket)
{
	begin(b, key);
	add(b, &bracket, 1);
}

void json_write_close(struct buf *b, char bracket)
{
	add(b, &bracket, 1);
}

void json_write_text(struct buf *b, const char *key, const char *value)
{
	begin(b, key);
	if (value)
		add_string(b, value);
	else
		add_word(b, "null");
}

void json_write_number(struct buf *b, const char *key, int64_t value)
{
	begin(b, key);
	if (buf_printf(b, "%" PRId64, value))
		abort();
}

void json_write_flag(struct buf *b, const char *key, int value)
{
	begin(b, key);
	add_word(b, value ? "true" : "false");
}
