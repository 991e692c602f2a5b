#include <stdlib.h>
#include <string.h>

#include "mail/frozen_list.h"
#include "priv/frozen.h"
#include "priv/spool.h"
#include "priv/spool_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What the scan makes of the list. */
static void check_list(struct slice text)
{
	struct arena a = ARENA_INIT;
	struct queue_facts q;

	frozen_list_read(text, &a, &q);
	for (size_t i = 0; i < q.n; i++)
		if (!q.bounces[i].id || !q.bounces[i].to || strchr(q.bounces[i].to, ' ') ||
		    strncmp(q.bounces[i].state, "frozen ", 7))
			abort();
	arena_clear(&a);
}

static void inside(struct slice part, struct slice text)
{
	if (part.n && (part.p < text.p || part.p + part.n > text.p + text.n))
		abort();
}

/* What the helper makes of a message's envelope, and of a copy that it has kept. */
static void check_files(struct slice text)
{
	struct spool_file file[2];
	struct spool_head head;

	if (spool_head_read(text, "1xVkoU-00003j-0q", &head)) {
		inside(head.to, text);
		inside(head.failed, text);
		inside(head.received, text);
		if (!head.to.n || memchr(head.to.p, ' ', head.to.n))
			abort();
	}
	if (spool_copy_read(text, file))
		for (int i = 0; i < 2; i++)
			inside(file[i].text, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };

	check_list(text);
	check_files(text);
	return 0;
}
