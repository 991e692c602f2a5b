#include <libpsl.h>

#include "base/map.h"
#include "sources/zone_count.h"

/* What stands behind a zone in the map, as a number; 0: it is not there yet. */
enum zone_state { ZONE_SILENT = 1, ZONE_ANSWERED };

static void *mark(enum zone_state s)
{
	return (void *)(uintptr_t)s;
}

static const char *zone_of(const psl_ctx_t *suffixes, const char *name)
{
	const char *zone = suffixes ? psl_registrable_domain(suffixes, name) : NULL;

	return zone ? zone : name;
}

static void count(struct facts *f, const psl_ctx_t *suffixes, struct map *seen)
{
	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];
		void **zone;

		if (d->mx_status == DNS_UNASKED)
			continue;
		zone = map_at(seen, zone_of(suffixes, d->name));
		if (!*zone) {
			*zone = mark(ZONE_SILENT);
			f->zones.asked++;
			f->zones.silent++;
		}
		if (*zone == mark(ZONE_SILENT) && !dns_unanswered(d->mx_status)) {
			*zone = mark(ZONE_ANSWERED);
			f->zones.silent--;
		}
	}
}

static bool may_be_the_resolver(const struct facts *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->ndomains; i++)
		n += dns_unanswered(f->domains[i].mx_status);
	return n * 2 >= ZONES_TO_JUDGE;
}

void zone_count(struct facts *f)
{
	struct arena a = ARENA_INIT;
	struct map seen = MAP_INIT(&a, (unsigned long)f->now);
	psl_ctx_t *latest;

	if (!may_be_the_resolver(f))
		return;
	latest = psl_latest(NULL);
	count(f, latest ? latest : psl_builtin(), &seen);
	psl_free(latest);
	arena_clear(&a);
}
