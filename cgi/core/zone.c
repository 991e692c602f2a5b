#include <string.h>

#include "core/zone.h"

bool mx_set_known(const struct mx_set *s)
{
	return s->status == DNS_OK || s->status == DNS_NODATA ||
		s->status == DNS_NXDOMAIN;
}

bool mx_set_equal(const struct mx_set *a, const struct mx_set *b)
{
	if (!mx_set_known(a) || !mx_set_known(b) || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->records[i].preference != b->records[i].preference ||
		    strcmp(a->records[i].host, b->records[i].host))
			return false;
	return true;
}

const char *mx_set_text(struct arena *a, const struct mx_set *s)
{
	const char *text = "";

	if (s->status == DNS_NODATA)
		return "no MX";
	if (s->status != DNS_OK)
		return dns_status_text(s->status);
	for (size_t i = 0; i < s->n; i++)
		text = arena_printf(a, "%s%s%u %s", text, i ? ", " : "",
				    s->records[i].preference, s->records[i].host);
	return text;
}

struct mx_set mx_set_of_domain(struct arena *a, const struct domain *d)
{
	size_t n = d->null_mx ? 1 : d->nmx;
	struct mx_record *records = arena_zalloc(a, (n + 1) * sizeof(*records));

	if (d->null_mx)
		records[0].host = ".";
	for (size_t i = 0; i < d->nmx; i++) {
		records[i].preference = d->mx[i].preference;
		records[i].host = d->mx[i].host->name;
	}
	return (struct mx_set){ .status = d->mx_status, .records = records, .n = n };
}

bool zone_misleads(const struct zone *z)
{
	return z && z->resolver_is_own && mx_set_known(&z->delegated) &&
		mx_set_known(&z->resolver) &&
		!mx_set_equal(&z->resolver, &z->delegated);
}

bool zone_is_ours_alone(const struct zone *z)
{
	if (!z || !z->nservers || z->disagree || !z->delegated_here ||
	    !mx_set_equal(&z->here, &z->delegated) || !z->here.apex)
		return false;
	for (size_t i = 0; i < z->nservers; i++) {
		const struct name_server *s = &z->servers[i];

		if (s->state != SERVER_ANSWERS || !s->says.apex ||
		    strcmp(s->says.apex, z->here.apex) ||
		    s->says.serial != z->here.serial)
			return false;
	}
	return true;
}
