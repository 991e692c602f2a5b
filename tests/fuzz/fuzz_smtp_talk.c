#include <stdlib.h>

#include "mail/smtp_reply.h"
#include "mail/smtp_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A reply is the same however the network cuts it. */
static void cut(struct slice in)
{
	struct smtp_reply whole, part;

	if (smtp_reply_read(in, &whole) != SMTP_REPLY_WHOLE)
		return;
	if (whole.length > in.n || whole.code < 100 || whole.code > 599 || !whole.n)
		abort();
	if (smtp_reply_read((struct slice){ in.p, whole.length }, &part) !=
	    SMTP_REPLY_WHOLE || part.code != whole.code || part.n != whole.n)
		abort();
	if (smtp_reply_read((struct slice){ in.p, whole.length - 1 }, &part) ==
	    SMTP_REPLY_WHOLE)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice in = { (const char *)data, n };
	struct arena a = ARENA_INIT;
	struct smtp_talk t;

	cut(in);
	smtp_talk_read(in, &a, &t);
	if ((t.state == TALK_ANSWERS) != (t.state == TALK_ANSWERS && t.banner))
		abort();
	if (t.state != TALK_ANSWERS && !t.why)
		abort();
	arena_clear(&a);
	return 0;
}
