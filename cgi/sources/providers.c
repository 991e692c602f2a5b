#include <libpsl.h>
#include <stdlib.h>

#include "mail/providers.h"
#include "sources/providers.h"

struct providers {
	psl_ctx_t *latest;		/* NULL: the system has none */
	const psl_ctx_t *suffixes;	/* NULL: nor has libpsl */
};

struct providers *providers_open(void)
{
	struct providers *p = malloc(sizeof(*p));

	if (!p)
		abort();
	p->latest = psl_latest(NULL);
	p->suffixes = p->latest ? p->latest : psl_builtin();
	return p;
}

void providers_fill(const struct providers *p, struct mx_host *h)
{
	const struct provider *known = provider_find(h->name);

	if (p->suffixes)
		h->provider = psl_registrable_domain(p->suffixes, h->name);
	if (known) {
		h->kind = known->kind;
		h->provider_title = known->title;
	}
}

void providers_close(struct providers *p)
{
	if (p)
		psl_free(p->latest);
	free(p);
}

static const char *keeper(const psl_ctx_t *suffixes, const struct zone *z)
{
	const struct name_server *s = z->servers;

	for (size_t i = 0; i < z->nservers && s->ours; i++)
		if (!z->servers[i].ours)
			s = &z->servers[i];
	return z->nservers ? psl_registrable_domain(suffixes, s->name) : NULL;
}

void providers_name_keepers(struct zone *const *zones, size_t n, struct arena *a)
{
	struct providers *p = providers_open();

	for (size_t i = 0; i < n && p->suffixes; i++) {
		const char *name = keeper(p->suffixes, zones[i]);

		zones[i]->keeper = name ? arena_strdup(a, name) : NULL;
	}
	providers_close(p);
}
