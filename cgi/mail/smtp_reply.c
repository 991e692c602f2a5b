#include <string.h>
#include <strings.h>

#include "mail/smtp_reply.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool smtp_reply_line(struct slice line, unsigned *code, bool *more,
		     struct slice *text)
{
	if (line.n < 3 || line.p[0] < '1' || line.p[0] > '5' ||
	    !is_digit(line.p[1]) || !is_digit(line.p[2]) ||
	    (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
		return false;
	*code = (unsigned)(line.p[0] - '0') * 100 + (unsigned)(line.p[1] - '0') * 10 +
		(unsigned)(line.p[2] - '0');
	*more = line.n > 3 && line.p[3] == '-';
	*text = line.n > 3 ? (struct slice){ line.p + 4, line.n - 4 } :
		(struct slice){ line.p + 3, 0 };
	return true;
}

static enum smtp_reply_state broken(struct smtp_reply *out, const char *why)
{
	out->why = why;
	return SMTP_REPLY_BROKEN;
}

enum smtp_reply_state smtp_reply_read(struct slice in, struct smtp_reply *out)
{
	struct slice rest = in, line, text;
	bool more = true;
	unsigned code;

	memset(out, 0, sizeof(*out));
	while (more) {
		if (!rest.n || !memchr(rest.p, '\n', rest.n))
			return rest.n > SMTP_LINE_MAX ?
				broken(out, "a line without an end") : SMTP_REPLY_MORE;
		slice_line(&rest, &line);
		if (line.n > SMTP_LINE_MAX)
			return broken(out, "a line that is far too long");
		if (!smtp_reply_line(line, &code, &more, &text))
			return broken(out, "a line without a reply code");
		if (out->n && code != out->code)
			return broken(out, "a reply of two codes");
		if (out->n == SMTP_REPLY_LINES)
			return broken(out, "a reply of too many lines");
		out->code = code;
		out->text[out->n++] = text;
	}
	out->length = in.n - rest.n;
	return SMTP_REPLY_WHOLE;
}

bool smtp_keyword(struct slice text, const char *keyword, struct slice *rest)
{
	size_t n = strlen(keyword);

	if (text.n < n || strncasecmp(text.p, keyword, n) ||
	    (text.n > n && text.p[n] != ' ' && text.p[n] != '='))
		return false;
	*rest = slice_trim((struct slice){ text.p + n + (text.n > n),
					   text.n - n - (text.n > n) });
	return true;
}
