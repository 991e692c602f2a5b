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

void providers_fill(struct mx_host *const *hosts, size_t n)
{
	psl_ctx_t *latest = psl_latest(NULL);
	const psl_ctx_t *suffixes = latest ? latest : psl_builtin();

	for (size_t i = 0; i < n; i++)
		if (!hosts[i]->ours)
			fill(suffixes, hosts[i]);
	psl_free(latest);
}
