#include <libpsl.h>

#include "mail/providers.h"
#include "sources/providers.h"

static void fill(const psl_ctx_t *suffixes, struct mx_host *h)
{
	const struct provider *p = provider_find(h->name);

	if (suffixes)
		h->provider = psl_registrable_domain(suffixes, h->name);
	if (p) {
		h->kind = p->kind;
		h->provider_title = p->title;
	}
}

static const psl_ctx_t *load(psl_ctx_t **latest)
{
	*latest = psl_latest(NULL);
	return *latest ? *latest : psl_builtin();
}

void providers_fill(struct mx_host *const *hosts, size_t n)
{
	psl_ctx_t *latest;
	const psl_ctx_t *suffixes = load(&latest);

	for (size_t i = 0; i < n; i++)
		if (!hosts[i]->ours)
			fill(suffixes, hosts[i]);
	psl_free(latest);
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
	psl_ctx_t *latest;
	const psl_ctx_t *suffixes = load(&latest);

	for (size_t i = 0; i < n && suffixes; i++) {
		const char *name = keeper(suffixes, zones[i]);

		zones[i]->keeper = name ? arena_strdup(a, name) : NULL;
	}
	psl_free(latest);
}
