#include <string.h>

#include "base/map.h"
#include "mail/cause.h"
#include "mail/cursor.h"
#include "mail/redirect.h"
#include "mail/round_look.h"

#define SPAN (7 * 86400)
#define SAID_SHOWN 200

struct round_look {
	struct facts *facts;
	struct arena *arena;
	int64_t (*utc)(int64_t wall);
	struct mail_round *all;
	struct map by_address;	/* numbers plus one */
};

struct round_look *round_look_new(struct facts *f, struct arena *a,
				  int64_t (*utc)(int64_t wall))
{
	struct round_look *l = arena_zalloc(a, sizeof(*l));

	*l = (struct round_look){
		.facts = f, .arena = a, .utc = utc, .by_address = MAP_INIT(a, 0),
		.all = arena_zalloc(a, ROUNDS_REMEMBERED * sizeof(*l->all)),
	};
	f->forwarding.rounds = l->all;
	return l;
}

static struct mail_round *round_at(struct round_look *l, const char *address)
{
	struct forward_facts *f = &l->facts->forwarding;
	uintptr_t at = (uintptr_t)map_get(&l->by_address, address);

	if (at)
		return &l->all[at - 1];
	if (f->nrounds == ROUNDS_REMEMBERED)
		return NULL;
	*map_at_copy(&l->by_address, &address) = (void *)(uintptr_t)(f->nrounds + 1);
	l->all[f->nrounds].address = address;
	return &l->all[f->nrounds++];
}

static const char *shown(struct round_look *l, struct slice s)
{
	char raw[SAID_SHOWN], text[4 * SAID_SHOWN];

	if (s.n >= sizeof(raw))
		s.n = sizeof(raw) - 1;
	memcpy(raw, s.p, s.n);
	raw[s.n] = '\0';
	return arena_strdup(l->arena, text_printable(text, sizeof(text), text_end_whole(raw)));
}

void round_look_line(struct round_look *l, struct slice line)
{
	struct exim_log_line x;
	char address[ADDRESS_TEXT_MAX];
	struct mail_round *r;
	size_t ignored;
	int64_t at;

	if (!cursor_find(line, " ** ", &ignored))
		return;
	exim_log_parse(line, &x);
	if (x.type != EXIM_LOG_FAIL || cause_of_line(&x).class != CAUSE_LOOP ||
	    !redirect_address(address, x.orig.n ? x.orig : x.addr))
		return;
	at = exim_log_utc(&x, l->utc);
	if (at > l->facts->now || at < l->facts->now - SPAN)
		return;
	r = round_at(l, address);
	if (!r)
		return;
	r->count++;
	r->last = at;
	r->text = shown(l, x.text);
}
