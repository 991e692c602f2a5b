#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "sources/dns_hosts.h"

void dns_hosts_init(struct dns_hosts *h, const struct facts *f, struct arena *a)
{
	*h = (struct dns_hosts){ .arena = a, .facts = f, .by_name = MAP_INIT(a, 0) };
	if (getrandom(&h->by_name.seed, sizeof(h->by_name.seed), 0) < 0)
		h->by_name.seed = (unsigned long)(uintptr_t)h;
	h->providers = providers_open();
}

void dns_hosts_end(struct dns_hosts *h)
{
	providers_close(h->providers);
}

void dns_hosts_name(struct dns_host *x, const char *name)
{
	bool domain = text_is_domain(name);
	struct ip literal;

	/* An address that looks like a domain ends in a digit, as few of those do. */
	x->facts.name = name;
	x->facts.is_address = (!domain || isdigit((unsigned char)name[strlen(name) - 1])) &&
		ip_parse(&literal, name);
	x->can_be_asked = !x->facts.is_address && domain;
}

void dns_hosts_recalled(struct dns_hosts *h, struct dns_host **all, size_t n)
{
	h->all = all;
	h->nall = h->cap_all = h->nrecalled = n;
}

static int order(const void *name, const void *host)
{
	return strcmp(name, (*(struct dns_host *const *)host)->facts.name);
}

struct dns_host *dns_hosts_at(struct dns_hosts *h, const char *name)
{
	struct dns_host **recalled = h->nrecalled ?
		bsearch(name, h->all, h->nrecalled, sizeof(*h->all), order) : NULL;
	struct dns_host *x;
	void **at;

	if (recalled)
		return *recalled;
	at = map_at_copy(&h->by_name, &name);
	if (*at)
		return *at;
	*at = x = arena_zalloc(h->arena, sizeof(*x));
	h->all = arena_grow(h->arena, h->all, h->nall, &h->cap_all, sizeof(struct dns_host *));
	h->all[h->nall++] = x;
	dns_hosts_name(x, name);
	return x;
}

static bool is_known(const struct dns_host *x)
{
	return x->facts.a != DNS_UNASKED && x->facts.aaaa != DNS_UNASKED;
}

bool dns_host_waits(const struct mx_host *h)
{
	const struct dns_host *x = (const struct dns_host *)h;

	return x->can_be_asked && !is_known(x);
}

struct mx_host *dns_hosts_want(struct dns_hosts *h, struct dns_host *x)
{
	if (x->can_be_asked && !x->wanted && !is_known(x)) {
		h->ask = arena_grow(h->arena, h->ask, h->nask, &h->cap_ask,
				    sizeof(struct dns_host *));
		h->ask[h->nask++] = x;
	}
	x->wanted = true;
	return &x->facts;
}

void dns_hosts_answer(struct dns_hosts *h, struct dns_host *x, int family,
		      const struct kept_answer *answer, const char *alias)
{
	mx_host_answered(&x->facts, family, answer->status);
	x->answer[family] = *answer;
	x->in_whole = false;
	x->facts.answer_is_own |= answer->authoritative && h->resolver_is_own;
	if (*alias && !x->facts.cname)
		x->facts.cname = arena_strdup(h->arena, alias);
}

void dns_hosts_add(struct dns_hosts *h, struct dns_host *x, const struct ip *ips,
		   size_t n)
{
	struct ip *all;

	/* Most hosts are this server, by the one address that the last one had. */
	if (!x->facts.nips && n == h->last.nips && !memcmp(ips, h->last.ips, n * sizeof(*ips))) {
		x->facts.ips = h->last.ips;
		x->facts.nips = n;
		x->facts.ours |= h->last.ours;
		return;
	}
	all = arena_zalloc(h->arena, (x->facts.nips + n) * sizeof(*all));
	if (x->facts.nips)
		memcpy(all, x->facts.ips, x->facts.nips * sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		all[x->facts.nips + i] = ips[i];
		x->facts.ours |= facts_own_address(h->facts, &ips[i]);
	}
	x->facts.ips = all;
	x->facts.nips += n;
	h->last = x->facts;
}

void dns_hosts_settle(struct dns_hosts *h, struct dns_host *x)
{
	if (is_known(x) && !x->facts.ours)
		providers_fill(h->providers, &x->facts);
}
