#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/map.h"
#include "base/text.h"
#include "sources/dns.h"
#include "sources/dns_packet.h"
#include "sources/providers.h"

#define RESOLVERS_MAX 16
#define PROGRESS_STEPS 200

/* What a question is about: the low bits of its tag; an index is the rest. */
enum about { ABOUT_MX, ABOUT_A, ABOUT_AAAA, ABOUT_BITS = 2 };

struct gather {
	struct dns_batch batch;		/* first: the callbacks get it */
	struct facts *f;
	struct arena *a;
	struct map by_name;		/* every host */
	struct mx_host **hosts;		/* those that are asked for */
	size_t nhosts, cap_hosts;
	size_t next_host, next_domain;	/* hosts count twice: A, AAAA */
	size_t done, asked, unanswered, silent;	/* domains */
	bool resolver_is_own;
	void (*progress)(void *ctx, size_t done, size_t total);
	void *ctx;
	struct dns_answer answer;
};

/* ---- hosts ------------------------------------------------------------ */

static struct mx_host *host_new(struct gather *g, const char *name)
{
	struct mx_host *h = arena_zalloc(g->a, sizeof(*h));
	struct ip literal;

	h->name = name;
	if (ip_parse(&literal, name)) {
		h->is_address = true;
	} else if (text_is_domain(name)) {
		g->hosts = arena_grow(g->a, g->hosts, g->nhosts, &g->cap_hosts,
				      sizeof(struct mx_host *));
		g->hosts[g->nhosts++] = h;
	}
	return h;
}

static struct mx_host *host_at(struct gather *g, const char *name)
{
	struct mx_host *h = map_get(&g->by_name, name);

	if (!h) {
		h = host_new(g, arena_strdup(g->a, name));
		*map_at(&g->by_name, h->name) = h;
	}
	return h;
}

static void add_addresses(struct gather *g, struct mx_host *h)
{
	const struct dns_answer *x = &g->answer;
	struct ip *all = arena_zalloc(g->a, (h->nips + x->n) * sizeof(*all));

	if (h->nips)
		memcpy(all, h->ips, h->nips * sizeof(*all));
	for (size_t i = 0; i < x->n; i++) {
		all[h->nips + i] = x->records[i].ip;
		h->ours |= facts_own_address(g->f, &x->records[i].ip);
	}
	h->ips = all;
	h->nips += x->n;
}

static void take_host(struct gather *g, struct mx_host *h, enum about about)
{
	const struct dns_answer *x = &g->answer;

	*(about == ABOUT_A ? &h->a : &h->aaaa) = x->status;
	h->answer_is_own |= x->authoritative && g->resolver_is_own;
	if (*x->alias_of && !h->cname)
		h->cname = arena_strdup(g->a, x->alias_of);
	if (x->n)
		add_addresses(g, h);
}

/* ---- domains ---------------------------------------------------------- */

static int by_preference(const void *a, const void *b)
{
	const struct mx *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->host->name, y->host->name);
}

/* "." among other exchanges names no host and says nothing (RFC 7505, 3). */
static void take_exchanges(struct gather *g, struct domain *d)
{
	const struct dns_answer *x = &g->answer;
	struct mx *mx = arena_zalloc(g->a, x->n * sizeof(*mx));

	for (size_t i = 0; i < x->n; i++) {
		const struct dns_record *r = &x->records[i];

		if (!strcmp(r->name, "."))
			continue;
		mx[d->nmx].preference = r->preference;
		mx[d->nmx++].host = host_at(g, r->name);
	}
	d->null_mx = !d->nmx;
	d->mx = mx;
	qsort(mx, d->nmx, sizeof(*mx), by_preference);
}

static void take_domain(struct gather *g, struct domain *d)
{
	const struct dns_answer *x = &g->answer;

	d->mx_status = x->status;
	d->answer_is_own = x->authoritative && g->resolver_is_own;
	d->ttl = x->ttl;
	if (x->status == DNS_OK)
		take_exchanges(g, d);
	else if (x->status == DNS_NODATA)
		d->implicit = host_at(g, d->name);
	g->asked++;
	g->unanswered += dns_unanswered(x->status);
	g->silent += x->status == DNS_TIMEOUT;
}

static void domain_done(struct gather *g)
{
	size_t total = g->f->ndomains;

	g->done++;
	if (g->progress &&
	    (g->done == total || g->done % (total / PROGRESS_STEPS + 1) == 0))
		g->progress(g->ctx, g->done, total);
}

/* ---- the batch -------------------------------------------------------- */

static void *tag_of(size_t index, enum about about)
{
	return (void *)((uintptr_t)index << ABOUT_BITS | about);
}

static struct dns_question question_of(struct gather *g, const void *tag)
{
	static const uint16_t types[] = {
		[ABOUT_MX] = ns_t_mx, [ABOUT_A] = ns_t_a, [ABOUT_AAAA] = ns_t_aaaa,
	};
	enum about about = (uintptr_t)tag & ((1u << ABOUT_BITS) - 1);
	size_t i = (uintptr_t)tag >> ABOUT_BITS;

	return (struct dns_question){
		.name = about == ABOUT_MX ? g->f->domains[i].name : g->hosts[i]->name,
		.type = types[about],
	};
}

/* Hosts come first: they keep the list of those to ask short. */
static bool next_tag(struct gather *g, void **tag)
{
	if (g->next_host < g->nhosts * 2) {
		*tag = tag_of(g->next_host / 2,
			      g->next_host % 2 ? ABOUT_AAAA : ABOUT_A);
		g->next_host++;
		return true;
	}
	while (g->next_domain < g->f->ndomains) {
		size_t i = g->next_domain++;

		if (text_is_domain(g->f->domains[i].name)) {
			*tag = tag_of(i, ABOUT_MX);
			return true;
		}
		domain_done(g);
	}
	return false;
}

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct gather *g = (struct gather *)b;

	if (!next_tag(g, tag))
		return false;
	*q = question_of(g, *tag);
	return true;
}

static void answer(struct dns_batch *b, void *tag, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct gather *g = (struct gather *)b;
	enum about about = (uintptr_t)tag & ((1u << ABOUT_BITS) - 1);
	size_t i = (uintptr_t)tag >> ABOUT_BITS;
	const struct dns_question q = question_of(g, tag);

	dns_answer_read(&g->answer, &q, status, packet, n);
	if (about == ABOUT_MX) {
		take_domain(g, &g->f->domains[i]);
		domain_done(g);
	} else {
		take_host(g, g->hosts[i], about);
	}
}

/* ---- the whole -------------------------------------------------------- */

/* c-ares does not tell which resolver answered; one of ours among them is
 * enough to doubt an authoritative answer. */
bool dns_resolver_is_own(struct world *w, const struct facts *f)
{
	struct ip ips[RESOLVERS_MAX];
	struct err e;
	size_t n;

	if (w->resolver_is_public || !w->ops->resolvers ||
	    w->ops->resolvers(w, ips, RESOLVERS_MAX, &n, &e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (ip_is_loopback(&ips[i]) || facts_own_address(f, &ips[i]))
			return true;
	return false;
}

static struct source_status failed(struct arena *a, const char *why)
{
	return (struct source_status){
		SOURCE_FAILED, arena_strdup(a, why),
	};
}

/* A few names that nobody answers are those names' own affair, each UNKNOWN by
 * itself; when none of many answers, it is the resolver. */
static struct source_status judge(const struct gather *g)
{
	struct err e;

	if (g->unanswered < g->asked || g->asked < DNS_JUDGE_RESOLVER)
		return (struct source_status){ .state = SOURCE_OK };
	if (g->silent == g->asked)
		err_set(&e, ERR_UNAVAILABLE, "the resolver does not answer: "
			"none of %zu names got a reply", g->asked);
	else
		err_set(&e, ERR_UNAVAILABLE, "the resolver has an answer for "
			"none of %zu names (%zu timeouts)", g->asked, g->silent);
	return failed(g->a, e.text);
}

static void run(struct world *w, struct gather *g)
{
	struct source_status *s = &g->f->source[SOURCE_DNS];
	struct err e;

	g->batch.next = next;
	g->batch.answer = answer;
	if (getrandom(&g->by_name.seed, sizeof(g->by_name.seed), 0) < 0)
		g->by_name.seed = (unsigned long)(uintptr_t)g;
	g->resolver_is_own = dns_resolver_is_own(w, g->f);
	if (w->ops->dns(w, &g->batch, &e)) {
		*s = failed(g->a, e.text);
		return;
	}
	providers_fill(g->hosts, g->nhosts);
	*s = judge(g);
}

void dns_gather(struct world *w, struct facts *f, struct arena *a,
		void (*progress)(void *ctx, size_t done, size_t total), void *ctx)
{
	struct gather g = {
		.f = f, .a = a, .by_name = MAP_INIT(a, 0),
		.progress = progress, .ctx = ctx,
	};

	if (w->ops->dns)
		run(w, &g);
	else
		f->source[SOURCE_DNS] = (struct source_status){
			SOURCE_ABSENT, "no resolver was given",
		};
}
