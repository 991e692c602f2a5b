#ifndef MAIL_SMTP_REPLY_H
#define MAIL_SMTP_REPLY_H

#include <stdbool.h>

#include "base/text.h"

/*
 * An SMTP reply (RFC 5321, 4.2): lines "250-text" and a last one "250 text" or
 * "250", all with one code. The server is a stranger: a line without a code, a
 * code that changes, and more than the limits are told as SMTP_REPLY_BROKEN.
 * Slices point into what was read; CR is not part of a line.
 */
#define SMTP_LINE_MAX 2000	/* RFC 5321 4.5.3.1.5 asks for 512 */
#define SMTP_REPLY_LINES 100

enum smtp_reply_state {
	SMTP_REPLY_MORE,	/* not whole yet */
	SMTP_REPLY_WHOLE,
	SMTP_REPLY_BROKEN,	/* why says what it is instead */
};

struct smtp_reply {
	unsigned code;			/* 100–599 */
	struct slice text[SMTP_REPLY_LINES];	/* without the code */
	size_t n;
	size_t length;			/* bytes taken, when whole */
	const char *why;		/* of a broken one: a clause */
};

enum smtp_reply_state smtp_reply_read(struct slice in, struct smtp_reply *out);

/* One line of a reply: its code (0: it is none), whether more follow, its text. */
bool smtp_reply_line(struct slice line, unsigned *code, bool *more,
		     struct slice *text);

/* An EHLO line's keyword, in any case: what follows it ("" for nothing). The
 * form "AUTH=LOGIN PLAIN" of old servers counts too. */
bool smtp_keyword(struct slice text, const char *keyword, struct slice *rest);

#endif
