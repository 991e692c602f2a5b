#include <stdlib.h>
#include <string.h>

#include "mail/login_nets.h"

#define SLOTS (2 * LOGIN_NETS)

void login_nets_init(struct login_nets *l, uint64_t seed, struct arena *a)
{
	*l = (struct login_nets){
		.all = arena_zalloc(a, LOGIN_NETS * sizeof(*l->all)),
		.slots = arena_zalloc(a, SLOTS * sizeof(*l->slots)),
		.seed = seed,
	};
}

static uint16_t *slot_of(const struct login_nets *l, const struct ip *ip)
{
	uint64_t h = 14695981039346656037u ^ l->seed;
	size_t i;

	for (i = 0; i < (ip->family == 4 ? 3 : 8); i++)
		h = (h ^ ip->bytes[i]) * 1099511628211u;
	i = (size_t)((h ^ h >> 29) * 0xbf58476d1ce4e5b9u >> 40);
	for (i %= SLOTS; l->slots[i]; i = (i + 1) % SLOTS)
		if (!log_network_order(&l->all[l->slots[i] - 1].ip, ip))
			break;
	return &l->slots[i];
}

static int latest_first(const void *pa, const void *pb)
{
	const struct login_net *a = pa, *b = pb;

	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return log_network_order(&a->ip, &b->ip);
}

/* Half of them, so that this is not done again at once. */
static void forget_old(struct login_nets *l)
{
	qsort(l->all, l->used, sizeof(*l->all), latest_first);
	l->used /= 2;
	memset(l->slots, 0, SLOTS * sizeof(*l->slots));
	for (size_t i = 0; i < l->used; i++)
		*slot_of(l, &l->all[i].ip) = (uint16_t)(i + 1);
}

static void write_who(char out[LOGIN_WHO_MAX], struct slice who)
{
	size_t n = 0;

	for (; n < who.n && n < LOGIN_WHO_MAX - 1 && who.p[n] > ' ' && who.p[n] < 0x7f; n++)
		out[n] = who.p[n];
	out[n] = '\0';
	text_lower(out);
}

void login_nets_note(struct login_nets *l, const struct ip *ip, int64_t when,
		     struct slice who)
{
	uint16_t *slot;
	struct login_net *x;

	if (!ip->family || !who.n)
		return;
	slot = slot_of(l, ip);
	if (!*slot) {
		if (l->used == LOGIN_NETS) {
			forget_old(l);
			slot = slot_of(l, ip);
		}
		l->all[l->used] = (struct login_net){ .last = INT64_MIN };
		l->all[l->used].ip = *ip;
		*slot = (uint16_t)++l->used;
	}
	x = &l->all[*slot - 1];
	if (when < x->last)
		return;
	x->ip = *ip;
	x->last = when;
	write_who(x->who, who);
}

void login_nets_tell(const struct login_nets *l, int64_t since, struct arena *a,
		     struct log_facts *out)
{
	struct log_login *list = arena_zalloc(a, (l->used + 1) * sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < l->used; i++)
		if (l->all[i].last >= since)
			list[n++] = (struct log_login){ l->all[i].ip, l->all[i].last,
				arena_strdup(a, l->all[i].who) };
	log_logins_sort(list, n);
	out->logins = list;
	out->nlogins = n;
}
