#include <stdlib.h>
#include <string.h>

#include "mail/domain_list.h"
#include "mail/refusals.h"

struct entry {
	uint32_t hash;
	unsigned weight;	/* count, and what those had that stood here before */
	unsigned count;
	int64_t last;
	char name[DOMAIN_TEXT_MAX];
};

struct refusal_look {
	struct arena *arena;
	size_t n;
	struct entry all[REFUSALS_REMEMBERED];
};

struct refusal_look *refusal_look_new(struct arena *a)
{
	struct refusal_look *l = arena_zalloc(a, sizeof(*l));

	l->arena = a;
	return l;
}

/* FNV-1a, to pass over names quickly; equal hashes are compared. */
static uint32_t hash_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

static struct entry *least(struct refusal_look *l)
{
	struct entry *x = &l->all[0];

	for (size_t i = 1; i < l->n; i++) {
		struct entry *y = &l->all[i];

		if (y->weight < x->weight ||
		    (y->weight == x->weight && y->last < x->last))
			x = y;
	}
	return x;
}

static struct entry *entry_of(struct refusal_look *l, const char *name)
{
	uint32_t hash = hash_of(name);
	struct entry *x;

	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].hash == hash && !strcmp(l->all[i].name, name))
			return &l->all[i];
	x = l->n < REFUSALS_REMEMBERED ? &l->all[l->n++] : least(l);
	x->hash = hash;
	x->count = 0;
	x->last = 0;
	memcpy(x->name, name, strlen(name) + 1);
	return x;
}

void refusal_note(struct refusal_look *l, struct slice domain, int64_t at)
{
	char name[DOMAIN_TEXT_MAX];
	struct entry *x;

	if (!domain.n || domain.n >= sizeof(name) || memchr(domain.p, '\0', domain.n))
		return;
	memcpy(name, domain.p, domain.n);
	name[domain.n] = '\0';
	if (!text_is_domain(name) || !strchr(name, '.'))
		return;
	x = entry_of(l, text_lower(name));
	x->weight++;
	x->count++;
	if (at > x->last)
		x->last = at;
}

static int most_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->name, y->name);
}

void refusal_look_end(struct refusal_look *l, struct facts *f)
{
	size_t n = l->n < REFUSALS_TOLD ? l->n : REFUSALS_TOLD;
	struct refusals *out = arena_zalloc(l->arena, (n + 1) * sizeof(*out));

	qsort(l->all, l->n, sizeof(*l->all), most_first);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct refusals){ l->all[i].name, l->all[i].count, l->all[i].last };
	f->refused = out;
	f->nrefused = n;
}
