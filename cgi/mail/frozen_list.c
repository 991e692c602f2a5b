#include <string.h>

#include "mail/bounce.h"
#include "mail/cursor.h"
#include "mail/frozen_list.h"

#define HASH_DIGITS 64

struct reading {
	struct arena *arena;
	struct frozen_bounce *list;
	size_t n, cap;
	char words[FROZEN_TEXT_MAX];	/* of the message at hand */
	size_t nwords;
};

static bool is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static const char *keep(struct reading *r, struct slice s)
{
	return is_printable(s) ? arena_strndup(r->arena, s.p, s.n) : NULL;
}

/* "HASH RECEIVED RECIPIENT" */
static void take_state(struct reading *r, struct frozen_bounce *x, struct slice line)
{
	struct slice hash = slice_cut(&line, ' '), received = slice_cut(&line, ' ');
	uint64_t at;

	if (hash.n != HASH_DIGITS || !is_printable(hash) || !is_printable(line) ||
	    !slice_uint(received, INT64_MAX, &at))
		return;
	x->received = (int64_t)at;
	x->to = keep(r, line);
	x->state = arena_printf(r->arena, "frozen %.*s %s", HASH_DIGITS, hash.p, x->to);
}

static void take_words(struct reading *r, struct slice line)
{
	if (line.n >= FROZEN_TEXT_MAX - r->nwords)
		return;
	memcpy(r->words + r->nwords, line.p, line.n);
	r->nwords += line.n;
	r->words[r->nwords++] = '\n';
}

/* The message at hand has ended: one without a state was none. */
static void settle(struct reading *r)
{
	struct frozen_bounce *x = r->n ? &r->list[r->n - 1] : NULL;
	struct bounce b;

	if (x && !x->state)
		r->n--;
	else if (x && r->nwords) {
		bounce_read_text((struct slice){ r->words, r->nwords }, r->arena, &b);
		x->loop = b.cause.class == CAUSE_LOOP;
		x->said = b.said;
	}
	r->nwords = 0;
}

static void begin(struct reading *r, struct slice id)
{
	settle(r);
	r->list = arena_grow(r->arena, r->list, r->n, &r->cap, sizeof(*r->list));
	r->list[r->n++] = (struct frozen_bounce){ .id = keep(r, id) };
	if (!r->list[r->n - 1].id)
		r->list[r->n - 1].id = "";
}

void frozen_list_read(struct slice text, struct arena *a, struct queue_facts *out)
{
	struct reading *r = arena_zalloc(a, sizeof(*r));
	struct slice line;

	r->arena = a;
	*out = (struct queue_facts){ .n = 0 };
	while (slice_line(&text, &line)) {
		struct frozen_bounce *x = r->n ? &r->list[r->n - 1] : NULL;

		if (cursor_take(&line, "+"))
			begin(r, line);
		else if (cursor_take(&line, "!"))
			out->more = true;
		else if (x && cursor_take(&line, "="))
			take_state(r, x, line);
		else if (x && cursor_take(&line, "~"))
			x->failed = keep(r, line);
		else if (x && cursor_take(&line, ">"))
			take_words(r, line);
	}
	settle(r);
	out->bounces = r->list;
	out->n = r->n;
}
