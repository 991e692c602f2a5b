#include <stdlib.h>
#include <string.h>

#include "core/facts.h"

const char *source_name(enum source_index i)
{
	static const char *const names[] = {
#define X(id, name) name,
		SOURCES(X)
#undef X
	};

	return names[i];
}

const char *dns_status_text(enum dns_status s)
{
	static const char *const texts[] = {
		[DNS_UNASKED] = "not asked",
		[DNS_OK] = "answered",
		[DNS_NODATA] = "no such record",
		[DNS_NXDOMAIN] = "NXDOMAIN",
		[DNS_SERVFAIL] = "SERVFAIL",
		[DNS_REFUSED] = "REFUSED",
		[DNS_TIMEOUT] = "timeout",
		[DNS_MALFORMED] = "unreadable answer",
	};

	return texts[s];
}

bool dns_unanswered(enum dns_status s)
{
	return s == DNS_SERVFAIL || s == DNS_REFUSED || s == DNS_TIMEOUT ||
		s == DNS_MALFORMED;
}

void mx_host_answered(struct mx_host *h, bool ipv6, enum dns_status s)
{
	if (ipv6)
		h->aaaa = s;
	else
		h->a = s;
}

const struct domain_more *domain_more(const struct domain *d)
{
	static const struct domain_more none;

	return d->more ? d->more : &none;
}

struct zone *domain_zone(const struct domain *d)
{
	return domain_more(d)->zone;
}

struct domain_more *domain_more_at(struct domain *d, struct arena *a)
{
	if (!d->more)
		d->more = arena_zalloc(a, sizeof(*d->more));
	d->plain = false;
	return d->more;
}

static unsigned in_state(const struct facts *f, enum source_state state)
{
	unsigned bits = 0;

	for (int i = 0; i < NSOURCES; i++)
		if (f->source[i].state == state)
			bits |= 1u << i;
	return bits;
}

unsigned facts_available(const struct facts *f)
{
	return in_state(f, SOURCE_OK);
}

unsigned facts_absent(const struct facts *f)
{
	return in_state(f, SOURCE_ABSENT);
}

bool facts_dns_silent(const struct facts *f)
{
	for (size_t i = 0; i < f->ndomains; i++)
		if (!dns_unanswered(f->domains[i].mx_status))
			return false;
	return f->ndomains > 0;
}

bool facts_resolver_fails(const struct facts *f)
{
	return f->source[SOURCE_DNS].state == SOURCE_FAILED ||
		(f->zones.asked >= ZONES_TO_JUDGE &&
		 f->zones.silent * 2 >= f->zones.asked);
}

bool facts_own_address(const struct facts *f, const struct ip *ip)
{
	for (size_t i = 0; i < f->nown; i++)
		if (ip_equal(&f->own[i], ip))
			return true;
	return false;
}

size_t facts_nnotable(const struct facts *f)
{
	return f->notable ? f->nnotable : f->ndomains;
}

const struct domain *facts_notable(const struct facts *f, size_t i)
{
	return &f->domains[f->notable ? f->notable[i] : i];
}

static int by_name(const void *key, const void *d)
{
	return strcmp(key, ((const struct domain *)d)->name);
}

static struct domain *find(struct domain *list, size_t n, const char *name)
{
	return n ? bsearch(name, list, n, sizeof(*list), by_name) : NULL;
}

struct domain *facts_domain(const struct facts *f, const char *name)
{
	return find(f->domains, f->ndomains, name);
}

struct domain *facts_domain_or_other(const struct facts *f, const char *name)
{
	struct domain *d = facts_domain(f, name);

	return d ? d : find(f->others, f->nothers, name);
}

const struct domain *facts_account_domain(const struct facts *f, const char *account)
{
	const struct domain *best = NULL;
	size_t least = 0;

	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];
		size_t dots = 0;

		if (!d->owner || strcmp(d->owner, account))
			continue;
		for (const char *p = d->name; (p = strchr(p, '.')); p++)
			dots++;
		if (!best || dots < least) {
			best = d;
			least = dots;
		}
	}
	return best;
}

bool fault_is_pattern(const struct line_fault *fault)
{
	return fault->text[0] == '*' || fault->text[0] == '^';
}

const char *list_path(enum list_id l)
{
	static const char *const paths[] = {
		[LIST_LOCAL] = "/etc/localdomains",
		[LIST_REMOTE] = "/etc/remotedomains",
		[LIST_SECONDARY] = "/etc/secondarymx",
	};

	return paths[l];
}
