#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sources/dns_recall.h"

#define RESOLVERS_MAX 16
#define FETCH_AHEAD 16
/* What was learned since the whole was written stands apart up to this share. */
#define SINCE_SHARE 10

void dns_memory_init(struct dns_memory *m, const struct facts *f, struct arena *a)
{
	*m = (struct dns_memory){
		.answers = arena_zalloc(a, (f->ndomains + 1) * sizeof(*m->answers)),
		.in_whole = arena_zalloc(a, f->ndomains + 1),
	};
}

/* Whose answers they are: another resolver may have others. NULL: not known. */
static const char *resolver_name(struct world *w, struct arena *a)
{
	struct ip ips[RESOLVERS_MAX];
	char one[IP_TEXT_MAX];
	const char *all = "";
	struct err e;
	size_t n;

	if (w->resolver || !w->ops->resolvers ||
	    w->ops->resolvers(w, ips, RESOLVERS_MAX, &n, &e))
		return w->resolver;
	for (size_t i = 0; i < n; i++)
		all = arena_printf(a, "%s %s", all, ip_text(one, &ips[i]));
	return all;
}

static void complain(const struct err *e)
{
	log_line(LOG_LINE_WARNING, "DNS answers are not kept from scan to scan: %s", e->text);
}

/* ---- recalling ---------------------------------------------------------- */

/* Until further than any is kept for: from a time with another clock. */
static bool holds(const struct kept_answer *x, int64_t now)
{
	int64_t most = x->status == DNS_OK ? DNS_CACHE_TTL_MAX : DNS_CACHE_NEGATIVE_MAX;

	return x->status != DNS_UNASKED && now < x->until && x->until <= now + most;
}

static void recall_family(struct dns_hosts *h, struct dns_host *x,
			  const struct kept_host *k, int family)
{
	struct ip ips[DNS_RECORDS_MAX];
	size_t n = k->nips[family];

	for (size_t i = 0; i < n; i++)
		ips[i] = ip_of_bytes(family ? 6 : 4, k->ips[family] + i * (family ? 16 : 4));
	dns_hosts_answer(h, x, family, &k->answer[family], k->cname);
	if (n)
		dns_hosts_add(h, x, ips, n);
}

/* A host of the whole that was learned since is that one. */
static struct dns_host *learned_since(const struct dns_hosts *h, const char *name, size_t *at)
{
	int order = 1;

	while (*at < h->nall && (order = strcmp(h->all[*at]->facts.name, name)) < 0)
		++*at;
	return order ? NULL : h->all[*at];
}

static void recall_host(struct dns_hosts *h, struct dns_host *x,
			const struct kept_host *k, bool whole, int64_t now)
{
	dns_hosts_name(x, k->name);
	for (int f = 0; f < 2; f++)
		if (x->can_be_asked && holds(&k->answer[f], now))
			recall_family(h, x, k, f);
	x->in_whole = whole;
	dns_hosts_settle(h, x);
}

/* A part's hosts by number, which is by name. */
static struct dns_host **recall_hosts(struct dns_hosts *h, struct dns_cached *c,
				      bool whole, int64_t now)
{
	struct dns_host **all, *new;
	const char *before = "";
	struct kept_host k;
	size_t i = 0, at = 0;

	if (c->nhosts > c->hosts.n)
		c->nhosts = 0;
	all = arena_zalloc(h->arena, (c->nhosts + 1) * sizeof(*all));
	new = arena_zalloc(h->arena, (c->nhosts + 1) * sizeof(*new));
	for (; i < c->nhosts && kept_host_next(&c->hosts, &k) &&
	       strcmp(before, k.name) < 0; i++) {
		before = k.name;
		all[i] = learned_since(h, k.name, &at);
		if (all[i])
			continue;
		all[i] = &new[i];
		recall_host(h, all[i], &k, whole, now);
	}
	c->nhosts = i;
	return all;
}

/* Both parts' hosts, by name and each once. */
static void merge_hosts(struct dns_hosts *h, struct dns_host **since, size_t nsince,
			struct dns_host **whole, size_t nwhole)
{
	struct dns_host **all = arena_zalloc(h->arena, (nsince + nwhole + 1) * sizeof(*all));
	size_t n = 0, s = 0;

	for (size_t i = 0; i < nwhole; i++) {
		while (s < nsince && strcmp(since[s]->facts.name, whole[i]->facts.name) < 0)
			all[n++] = since[s++];
		s += s < nsince && since[s] == whole[i];
		all[n++] = whole[i];
	}
	while (s < nsince)
		all[n++] = since[s++];
	dns_hosts_recalled(h, all, n);
}

static void recall_domain(struct domain *d, const struct kept_domain *k,
			  struct dns_hosts *h, struct dns_host **hosts, struct mx *mx)
{
	d->mx_status = k->answer.status;
	d->answer_is_own = k->answer.authoritative && h->resolver_is_own;
	if (k->answer.status == DNS_NODATA)
		d->implicit = dns_hosts_want(h, hosts[kept_mx_at(k, 0).host]);
	if (k->answer.status != DNS_OK)
		return;
	for (size_t i = 0; i < k->nmx; i++) {
		struct kept_mx x = kept_mx_at(k, i);

		mx[i] = (struct mx){ x.preference, dns_hosts_want(h, hosts[x.host]) };
	}
	d->mx = mx;
	d->nmx = k->nmx;
	d->null_mx = !k->nmx;
}

/* Both are in order of their names. */
static void recall_part(struct dns_recalled *x, enum dns_cache_part part, int64_t now,
			struct facts *f, struct dns_hosts *h, struct dns_memory *m)
{
	struct dns_cached *c = &x->parts[part];
	struct kept_domain k;
	size_t i = 0;

	while (kept_domain_next(&c->domains, c->nhosts, &k)) {
		int order = 1;

		/* A name lies anywhere in the lists. */
		if (i + FETCH_AHEAD < f->ndomains)
			__builtin_prefetch(f->domains[i + FETCH_AHEAD].name);
		while (i < f->ndomains && (order = strcmp(f->domains[i].name, k.name)) < 0)
			i++;
		if (i == f->ndomains || order || !holds(&k.answer, now) ||
		    f->domains[i].mx_status != DNS_UNASKED)
			continue;
		recall_domain(&f->domains[i], &k, h, x->hosts[part],
			      arena_zalloc(h->arena, k.nmx * sizeof(struct mx)));
		f->domains[i].ttl = (uint32_t)(k.answer.until - now);
		m->answers[i] = k.answer;
		m->in_whole[i] = part == DNS_CACHE_WHOLE;
		m->recalled++;
	}
}

void dns_recall_hosts(struct world *w, struct dns_hosts *h, struct dns_recalled *x)
{
	const char *resolver = resolver_name(w, h->arena);
	struct err e;

	if (!resolver || !w->state_dir)
		return;
	if (dns_cache_load(w->state_dir, resolver, w->now, h->arena, x->parts, &e)) {
		complain(&e);
		return;
	}
	for (int p = 0; p < DNS_CACHE_PARTS; p++) {
		x->hosts[p] = recall_hosts(h, &x->parts[p], p == DNS_CACHE_WHOLE, w->now);
		if (p == DNS_CACHE_SINCE)
			dns_hosts_recalled(h, x->hosts[p], x->parts[p].nhosts);
	}
	merge_hosts(h, x->hosts[DNS_CACHE_SINCE], x->parts[DNS_CACHE_SINCE].nhosts,
		    x->hosts[DNS_CACHE_WHOLE], x->parts[DNS_CACHE_WHOLE].nhosts);
}

void dns_recall(struct dns_recalled *x, int64_t now, struct facts *f, struct dns_hosts *h,
		struct dns_memory *m)
{
	m->nwhole = x->parts[DNS_CACHE_WHOLE].ndomains;
	for (int p = 0; p < DNS_CACHE_PARTS; p++)
		recall_part(x, (enum dns_cache_part)p, now, f, h, m);
}

/* ---- keeping ------------------------------------------------------------ */

struct kept_answer dns_keepable(const struct world *w, const struct dns_answer *x)
{
	uint32_t most = x->status == DNS_OK ? DNS_CACHE_TTL_MAX : DNS_CACHE_NEGATIVE_MAX;
	bool keep = x->ttl && (x->status == DNS_OK || x->status == DNS_NODATA ||
			       x->status == DNS_NXDOMAIN);

	return (struct kept_answer){
		.status = keep ? x->status : DNS_UNASKED,
		.authoritative = x->authoritative,
		.until = (uint32_t)w->now + (x->ttl < most ? x->ttl : most),
	};
}

struct writer {
	const struct facts *f;
	const struct dns_memory *m;
	enum dns_cache_part part;
	struct buf hosts, domains;
	struct dns_cached out;
};

static bool is_written(const struct writer *w, size_t domain)
{
	return w->m->answers[domain].status != DNS_UNASKED &&
		(w->part == DNS_CACHE_WHOLE || !w->m->in_whole[domain]);
}

static uint32_t *number_of(struct mx_host *h)
{
	return &((struct dns_host *)h)->number;
}

/* Those that the written domains name, and what was learned of others. */
static void mark_hosts(const struct writer *w, struct dns_hosts *h)
{
	for (size_t i = 0; i < h->nall; i++)
		h->all[i]->number = w->part == DNS_CACHE_SINCE && h->all[i]->wanted &&
			!h->all[i]->in_whole;
	for (size_t i = 0; i < w->f->ndomains; i++) {
		const struct domain *d = &w->f->domains[i];

		if (!is_written(w, i))
			continue;
		for (size_t m = 0; m < d->nmx; m++)
			*number_of(d->mx[m].host) = 1;
		if (d->implicit)
			*number_of(d->implicit) = 1;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct dns_host *const *)a)->facts.name,
		      (*(struct dns_host *const *)b)->facts.name);
}

static void put_hosts(struct writer *w, struct dns_hosts *h)
{
	struct dns_host **all = arena_zalloc(h->arena, (h->nall + 1) * sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < h->nall; i++)
		if (h->all[i]->number)
			all[n++] = h->all[i];
	if (n)
		qsort(all, n, sizeof(*all), by_name);
	for (size_t i = 0; i < n; i++) {
		all[i]->number = (uint32_t)++w->out.nhosts;
		kept_host_put(&w->hosts, &all[i]->facts, all[i]->answer);
	}
}

static void put_domain(struct writer *w, const struct domain *d,
		       const struct kept_answer *answer)
{
	size_t nmx = answer->status == DNS_OK ? d->nmx : 0;

	kept_domain_put(&w->domains, d->name, answer, nmx + (answer->status == DNS_NODATA));
	for (size_t i = 0; i < nmx; i++)
		kept_mx_put(&w->domains, d->mx[i].preference, *number_of(d->mx[i].host) - 1);
	if (answer->status == DNS_NODATA)
		kept_mx_put(&w->domains, 0, *number_of(d->implicit) - 1);
	w->out.ndomains++;
}

/* The whole is written anew when much has changed since. */
static enum dns_cache_part part_to_write(const struct facts *f, const struct dns_memory *m)
{
	size_t since = 0;

	for (size_t i = 0; i < f->ndomains; i++)
		since += !m->in_whole[i];
	return since <= m->nwhole / SINCE_SHARE ? DNS_CACHE_SINCE : DNS_CACHE_WHOLE;
}

static int save(struct world *w, const char *resolver, struct writer *x, struct err *e)
{
	if (x->hosts.full || x->domains.full)
		return err_set(e, ERR_LIMIT, "they are more than %u MiB", DNS_CACHE_MAX >> 20);
	x->out.hosts = (struct slice){ x->hosts.data, x->hosts.len };
	x->out.domains = (struct slice){ x->domains.data, x->domains.len };
	return dns_cache_save(w->state_dir, resolver, w->now, x->part, &x->out, e);
}

void dns_keep(struct world *w, const struct facts *f, struct dns_hosts *h,
	      const struct dns_memory *m)
{
	const char *resolver = resolver_name(w, h->arena);
	struct writer x = {
		.f = f, .m = m, .part = part_to_write(f, m),
		.hosts = BUF_INIT(DNS_CACHE_MAX), .domains = BUF_INIT(DNS_CACHE_MAX),
	};
	struct err e;

	if (!resolver || !w->state_dir)
		return;
	mark_hosts(&x, h);
	put_hosts(&x, h);
	for (size_t i = 0; i < f->ndomains; i++)
		if (is_written(&x, i))
			put_domain(&x, &f->domains[i], &m->answers[i]);
	if (save(w, resolver, &x, &e))
		complain(&e);
	buf_free(&x.hosts);
	buf_free(&x.domains);
}
