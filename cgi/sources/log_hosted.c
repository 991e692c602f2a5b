#include <string.h>

#include "base/map.h"
#include "mail/domain_list.h"
#include "sources/log_hosted.h"

struct hosted {
	struct map named;	/* by rows; the value: not met in a list yet */
	const char **names;
	size_t n;
};

static void take(struct hosted *h, struct slice text)
{
	struct domain_list_entry x;
	struct domain_list l;

	domain_list_init(&l, text);
	while (domain_list_next(&l, &x)) {
		void **at;

		if (x.kind != LIST_ENTRY_MEMBER || !map_get(&h->named, x.domain))
			continue;
		at = map_at(&h->named, x.domain);
		h->names[h->n++] = *at;
		*at = NULL;	/* once */
	}
}

void log_hosted_gather(struct world *w, struct facts *f, struct arena *a)
{
	static const enum world_file files[] = {
		WORLD_LOCALDOMAINS, WORLD_REMOTEDOMAINS, WORLD_SECONDARYMX, WORLD_USERDOMAINS,
	};
	struct hosted h = { .named = MAP_INIT(a, (unsigned long)f->now) };
	struct slice text;
	struct err e;

	for (size_t i = 0; i < f->log.nrows; i++)
		if (*f->log.rows[i].domain)
			*map_at(&h.named, f->log.rows[i].domain) =
				(void *)(uintptr_t)f->log.rows[i].domain;
	h.names = arena_zalloc(a, (h.named.used + 1) * sizeof(*h.names));
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!world_text(w, files[i], a, &text, &e))
			take(&h, text);
		else if (e.code != ERR_NOT_FOUND || files[i] == WORLD_USERDOMAINS)
			return;
	f->log.hosted = h.names;
	f->log.nhosted = h.n;
	f->log.hosted_known = true;
}
