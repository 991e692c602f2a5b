#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sources/dns.h"
#include "sources/dns_recall.h"

#define RESOLVERS_MAX 16
#define PROGRESS_STEPS 200

/* What a question is about: the low bits of its tag; an index is the rest. */
enum about { ABOUT_MX, ABOUT_A, ABOUT_AAAA, ABOUT_BITS = 2 };

struct dns_ready {
	struct arena arena;		/* in which it lies itself */
	struct dns_hosts hosts;
	struct dns_recalled recalled;
};

struct gather {
	struct dns_batch batch;		/* first: the callbacks get it */
	struct world *w;
	struct facts *f;
	struct arena *a;
	const struct dns_wishes *wishes;
	struct dns_ready *ready;
	struct dns_memory memory;
	size_t next_host;		/* each counts twice: A, AAAA */
	uint32_t *todo;			/* domains whose MX is not known */
	size_t ntodo, next_todo, step;
	size_t done, asked, unanswered, silent;	/* domains */
	size_t told;			/* done when progress was told last */
	struct dns_answer answer;
};

/* ---- hosts ------------------------------------------------------------ */

static void take_host(struct gather *g, struct dns_host *h, int family)
{
	const struct dns_answer *x = &g->answer;
	struct kept_answer answer = {
		.status = x->status, .authoritative = x->authoritative,
	};
	struct ip ips[DNS_RECORDS_MAX];

	for (size_t i = 0; i < x->n; i++)
		ips[i] = x->records[i].ip;
	dns_hosts_answer(&g->ready->hosts, h, family, &answer, x->alias_of);
	h->answer[family] = dns_keepable(g->w, x);
	if (x->n)
		dns_hosts_add(&g->ready->hosts, h, ips, x->n);
	dns_hosts_settle(&g->ready->hosts, h);
}

static struct mx_host *want(struct gather *g, const char *name)
{
	return dns_hosts_want(&g->ready->hosts, dns_hosts_at(&g->ready->hosts, name));
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
		mx[d->nmx++].host = want(g, r->name);
	}
	d->null_mx = !d->nmx;
	d->mx = mx;
	qsort(mx, d->nmx, sizeof(*mx), by_preference);
}

static void take_domain(struct gather *g, struct domain *d)
{
	const struct dns_answer *x = &g->answer;

	d->mx_status = x->status;
	d->answer_is_own = x->authoritative && g->ready->hosts.resolver_is_own;
	d->ttl = x->ttl;
	g->memory.answers[d - g->f->domains] = dns_keepable(g->w, x);
	if (x->status == DNS_OK)
		take_exchanges(g, d);
	else if (x->status == DNS_NODATA)
		d->implicit = want(g, d->name);
	g->asked++;
	g->unanswered += dns_unanswered(x->status);
	g->silent += x->status == DNS_TIMEOUT;
}

static void tell(struct gather *g)
{
	g->told = g->done;
	if (g->wishes->progress)
		g->wishes->progress(g->wishes->ctx, g->done, g->f->ndomains);
}

static void domain_done(struct gather *g)
{
	g->done++;
	if (g->done == g->f->ndomains ||
	    g->done - g->told > g->f->ndomains / PROGRESS_STEPS)
		tell(g);
}

bool dns_is_complete(const struct domain *d)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (dns_host_waits(d->mx[i].host))
			return false;
	return !(d->implicit && dns_host_waits(d->implicit)) &&
		(d->mx_status != DNS_UNASKED || !text_is_domain(d->name));
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
		.name = about == ABOUT_MX ? g->f->domains[i].name :
			g->ready->hosts.ask[i]->facts.name,
		.type = types[about],
	};
}

/* Of a host that was recalled one family may be known. */
static bool next_host(struct gather *g, void **tag)
{
	while (g->next_host < g->ready->hosts.nask * 2) {
		size_t i = g->next_host / 2, family = g->next_host % 2;
		const struct mx_host *h = &g->ready->hosts.ask[i]->facts;

		g->next_host++;
		if ((family ? h->aaaa : h->a) != DNS_UNASKED)
			continue;
		*tag = tag_of(i, family ? ABOUT_AAAA : ABOUT_A);
		return true;
	}
	return false;
}

static size_t greatest_common_divisor(size_t a, size_t b)
{
	return b ? greatest_common_divisor(b, a % b) : a;
}

static void list_domains(struct gather *g)
{
	struct facts *f = g->f;

	g->todo = arena_zalloc(g->a, (f->ndomains + 1) * sizeof(*g->todo));
	for (size_t i = 0; i < f->ndomains; i++) {
		if (f->domains[i].mx_status != DNS_UNASKED)
			continue;
		if (text_is_domain(f->domains[i].name))
			g->todo[g->ntodo++] = (uint32_t)i;
		else
			g->done++;
	}
	g->step = g->ntodo * 5 / 8 + 1;
	while (greatest_common_divisor(g->step, g->ntodo) > 1)
		g->step++;
}

/* Not in the order of their names: a hundred domains of one owner, whose name
 * server is silent, stand one after the other there, and would hold up all. */
static bool next_domain(struct gather *g, void **tag)
{
	if (g->next_todo == g->ntodo)
		return false;
	*tag = tag_of(g->todo[g->next_todo++ * g->step % g->ntodo], ABOUT_MX);
	return true;
}

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct gather *g = (struct gather *)b;

	/* Hosts come first: they keep the list of those to ask short. */
	if (!next_host(g, tag) && !next_domain(g, tag))
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
		take_host(g, g->ready->hosts.ask[i], about == ABOUT_AAAA);
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

static void tick(struct dns_batch *b)
{
	tell((struct gather *)b);
}

static void run(struct gather *g)
{
	struct source_status *s = &g->f->source[SOURCE_DNS];
	const struct dns_wishes *wishes = g->wishes;
	struct err e;

	dns_recall(&g->ready->recalled, g->w->now, g->f, &g->ready->hosts, &g->memory);
	g->done = g->memory.recalled;
	list_domains(g);
	if (g->w->ops->dns(g->w, &g->batch, &e)) {
		*s = failed(g->a, e.text);
		return;
	}
	if (wishes->keep && (g->asked || g->ready->hosts.nask))
		dns_keep(g->w, g->f, &g->ready->hosts, &g->memory);
	g->asked += g->memory.recalled;
	*s = judge(g);
}

struct dns_ready *dns_get_ready(struct world *w, const struct facts *f,
				const struct dns_wishes *wishes)
{
	struct arena arena = ARENA_INIT;
	struct dns_ready *r = arena_zalloc(&arena, sizeof(*r));

	/* Not copied back: from here on it grows where it lies. */
	r->arena = arena;
	dns_hosts_init(&r->hosts, f, &r->arena);
	r->hosts.resolver_is_own = dns_resolver_is_own(w, f);
	if (w->ops->dns && wishes->keep && !wishes->fresh)
		dns_recall_hosts(w, &r->hosts, &r->recalled);
	return r;
}

void dns_gather(struct world *w, struct facts *f, struct arena *a,
		const struct dns_wishes *wishes, struct dns_ready *ready)
{
	struct gather g = {
		.batch = { next, answer, tick },
		.w = w, .f = f, .a = a, .wishes = wishes,
		.ready = ready ? ready : dns_get_ready(w, f, wishes),
	};
	struct arena arena;

	if (!w->ops->dns) {
		f->source[SOURCE_DNS] = (struct source_status){
			SOURCE_ABSENT, "no resolver was given",
		};
	} else {
		dns_memory_init(&g.memory, f, a);
		run(&g);
	}
	dns_hosts_end(&g.ready->hosts);
	arena = g.ready->arena;
	arena_join(a, &arena);
}
