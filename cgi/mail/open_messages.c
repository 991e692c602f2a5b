#include <string.h>

#include "mail/open_messages.h"

void open_messages_init(struct open_messages *m, struct arena *a)
{
	*m = (struct open_messages){
		.all = arena_zalloc(a, OPEN_MESSAGES * sizeof(*m->all)),
		.bucket = arena_zalloc(a, OPEN_MESSAGES * sizeof(*m->bucket)),
	};
}

/* FNV-1a; ids are made here, not by strangers. */
static uint16_t *bucket_of(const struct open_messages *m, struct slice id)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * 16777619u;
	return &m->bucket[(h ^ h >> 16) % OPEN_MESSAGES];
}

/* Where the number of the message stands, or the 0 that ends its chain. */
static uint16_t *place_of(const struct open_messages *m, struct slice id)
{
	uint16_t *at = bucket_of(m, id);

	while (*at && !slice_eq(id, m->all[*at - 1].id))
		at = &m->all[*at - 1].next;
	return at;
}

static void forget(struct open_messages *m, struct open_message *x)
{
	uint16_t *at = place_of(m, slice_of(x->id));

	*at = x->next;
	x->id[0] = '\0';
}

void open_messages_put(struct open_messages *m, struct slice id, struct slice account)
{
	struct open_message *x = &m->all[m->at];
	uint16_t *at;

	if (!id.n || id.n >= OPEN_ID_MAX || !account.n ||
	    account.n >= OPEN_ACCOUNT_MAX || memchr(account.p, '\0', account.n) ||
	    *place_of(m, id))
		return;
	if (x->id[0])
		forget(m, x);
	memcpy(x->id, id.p, id.n);
	x->id[id.n] = '\0';
	memcpy(x->account, account.p, account.n);
	x->account[account.n] = '\0';
	at = bucket_of(m, id);
	x->next = *at;
	*at = (uint16_t)++m->at;
	m->at %= OPEN_MESSAGES;
}

struct slice open_messages_find(const struct open_messages *m, struct slice id)
{
	uint16_t at = id.n ? *place_of(m, id) : 0;

	return slice_of(at ? m->all[at - 1].account : NULL);
}

void open_messages_end(struct open_messages *m, struct slice id)
{
	uint16_t at = id.n ? *place_of(m, id) : 0;

	if (at)
		forget(m, &m->all[at - 1]);
}
