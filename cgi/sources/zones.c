#include <string.h>
#include <sys/random.h>

#include "base/map.h"
#include "base/text.h"
#include "mail/verdict.h"
#include "sources/delegation.h"
#include "sources/dns.h"
#include "sources/mx_answer.h"
#include "sources/providers.h"
#include "sources/zones.h"

#define PROBES 8	/* domains that tell which address has a name server */

/* A domain that the name servers are asked about. */
struct wanted {
	struct domain *d;
	struct quest *quest;
};

/* A host whose addresses the resolver did not tell, or only from its own zone. */
struct seeking {
	struct mx_host *host;
	struct quest *quest;
	struct seeking *next;
};

/* What this server's own name server is asked, in this order. */
enum pass {
	PASS_PROBE,	/* which address has one? */
	PASS_SWEEP,	/* the MX of all, of which what differs is kept */
	PASS_WANTED,	/* that of the others whose name servers were asked */
	PASS_SERIAL,
};

struct gather {
	struct dns_batch batch;		/* first: the callbacks get it */
	struct world *w;
	struct facts *f;
	struct arena *a;
	bool named;	/* these few domains were asked for */
	struct delegation *delegation;
	struct wanted *wanted;
	size_t nwanted, cap_wanted;
	struct map hosts;
	struct seeking *seeking;
	/* this server's own name server */
	struct ip own[ZONES_OWN_ADDRESSES];
	size_t nown, answered[ZONES_OWN_ADDRESSES];
	const struct ip *server;	/* NULL: none answered */
	enum pass pass;
	size_t next;
	struct dns_answer answer;
};

/* ---- the zones kept here ---------------------------------------------- */

static bool is_asked(const struct domain *d)
{
	return text_is_domain(d->name);
}

static struct zone *zone_of(struct gather *g, struct domain *d)
{
	struct domain_more *more = domain_more_at(d, g->a);

	if (!more->zone)
		more->zone = arena_zalloc(g->a, sizeof(*more->zone));
	return more->zone;
}

static bool is_link_local(const struct ip *ip)
{
	return ip->family == 6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

/* The interfaces' own: an address that others translate to ours may lead into
 * the void from inside. Of a server that is looked at from afar all it has, but
 * for private ones, which are somebody else's here. */
static void own_addresses(struct gather *g)
{
	const struct ip *all = g->f->own;
	size_t n = g->f->nown;
	struct ip *listed;
	struct err ignored;

	if (g->w->ops->addresses) {
		if (g->w->ops->addresses(g->w, g->a, &listed, &n, &ignored))
			return;
		all = listed;
	}
	for (size_t i = 0; i < n && g->nown < ZONES_OWN_ADDRESSES; i++)
		if (!ip_is_loopback(&all[i]) && !is_link_local(&all[i]) &&
		    !(g->f->panel && ip_is_private(&all[i])))
			g->own[g->nown++] = all[i];
}

/* Every own address, about the first domains: index = domain × address. */
static bool next_probe(struct gather *g, struct dns_question *q, void **tag)
{
	size_t i = g->next++, domain = g->nown ? i / g->nown : g->f->ndomains;

	if (domain >= g->f->ndomains || domain >= PROBES)
		return false;
	*q = (struct dns_question){
		.name = g->f->domains[domain].name, .type = ns_t_soa,
		.server = g->own[i % g->nown],
	};
	*tag = (void *)(uintptr_t)i;
	return true;
}

static bool next_kept(struct gather *g, struct dns_question *q, void **tag)
{
	while (g->next < g->f->ndomains) {
		struct domain *d = &g->f->domains[g->next++];

		if (!is_asked(d) || (g->pass != PASS_SWEEP && !domain_zone(d)) ||
		    (g->pass == PASS_WANTED && domain_zone(d)->here.status != DNS_UNASKED))
			continue;
		*q = (struct dns_question){
			.name = d->name, .type = g->pass == PASS_SERIAL ? ns_t_soa : ns_t_mx,
			.server = *g->server,
		};
		*tag = d;
		return true;
	}
	return false;
}

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct gather *g = (struct gather *)b;

	return g->pass == PASS_PROBE ? next_probe(g, q, tag) : next_kept(g, q, tag);
}

static bool speaks_for_it(const struct dns_answer *x)
{
	return x->authoritative && (x->status == DNS_OK || x->status == DNS_NODATA ||
				    x->status == DNS_NXDOMAIN);
}

/* Kept when it says something else than the resolver, or was asked for. */
static void take_kept(struct gather *g, struct domain *d)
{
	struct arena scratch = ARENA_INIT;
	struct mx_set here = { .n = 0 }, known = mx_set_of_domain(&scratch, d);

	mx_answer_read(&g->answer, &here, &scratch);
	if (g->named || g->pass == PASS_WANTED || d->answer_is_own || !mx_set_equal(&here, &known))
		mx_answer_read(&g->answer, &zone_of(g, d)->here, g->a);
	arena_clear(&scratch);
}

static void take_serial(struct gather *g, struct domain *d)
{
	struct mx_set *here = &domain_zone(d)->here;

	if (!*g->answer.zone)
		return;
	here->apex = arena_strdup(g->a, g->answer.zone);
	here->serial = g->answer.serial;
}

static void answer(struct dns_batch *b, void *tag, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct gather *g = (struct gather *)b;
	size_t i = (uintptr_t)tag;
	struct dns_question q = { .type = ns_t_soa };

	if (g->pass == PASS_SWEEP || g->pass == PASS_WANTED)
		q.type = ns_t_mx;
	q.name = g->pass == PASS_PROBE ? g->f->domains[i / g->nown].name :
		((struct domain *)tag)->name;
	dns_answer_read(&g->answer, &q, status, packet, n);
	if (!speaks_for_it(&g->answer))
		return;
	if (g->pass == PASS_PROBE)
		g->answered[i % g->nown]++;
	else if (g->pass == PASS_SERIAL)
		take_serial(g, tag);
	else
		take_kept(g, tag);
}

static int run(struct gather *g, struct err *e)
{
	g->batch.next = next;
	g->batch.answer = answer;
	g->next = 0;
	return g->w->ops->dns(g->w, &g->batch, e);
}

/* The own address whose name server keeps most of the domains; NULL: none has
 * one. */
static int find_own_server(struct gather *g, struct err *e)
{
	size_t best = 0;
	int rc;

	own_addresses(g);
	rc = run(g, e);
	for (size_t i = 0; i < g->nown; i++)
		if (g->answered[i] > best) {
			best = g->answered[i];
			g->server = &g->own[i];
		}
	return rc;
}

/* ---- who is asked about ----------------------------------------------- */

/* Judged without the log, which can only take findings away. */
static bool is_needed(struct gather *g, struct domain *d)
{
	struct arena scratch = ARENA_INIT;
	bool needed;

	verdict_judge(g->f, d, &scratch);
	d->routing_why = NULL;
	arena_clear(&scratch);
	needed = d->routing >= ROUTING_LISTED_TWICE ||
		d->routing == ROUTING_NOT_PUBLIC || (domain_zone(d) && domain_listed(d)) ||
		(d->mx_status == DNS_NODATA && d->line[LIST_LOCAL]);
	return is_asked(d) && (g->named || (needed && !dns_unanswered(d->mx_status)));
}

static void want(struct gather *g, struct domain *d)
{
	if (g->nwanted == ZONES_MAX) {
		zone_of(g, d)->why = "too many domains need their name servers asked; look at this one by itself";
		return;
	}
	zone_of(g, d);
	g->wanted = arena_grow(g->a, g->wanted, g->nwanted, &g->cap_wanted,
			       sizeof(*g->wanted));
	g->wanted[g->nwanted++] = (struct wanted){
		d, delegation_mx(g->delegation, d->name),
	};
}

/* ---- what the delegated servers say ----------------------------------- */

static void judge_servers(struct gather *g, struct zone *z)
{
	const struct name_server *first = NULL;
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < z->nservers; i++) {
		const struct name_server *s = &z->servers[i];

		z->delegated_here |= s->ours;
		if (s->state != SERVER_ANSWERS || !mx_set_known(&s->says))
			continue;
		if (!first)
			first = s;
		z->disagree |= !mx_set_equal(&first->says, &s->says);
	}
	if (z->disagree)
		z->why = "its name servers do not say the same";
	else if (first)
		z->delegated = first->says;
	else if (z->nservers && z->servers[0].says.alias)
		z->why = arena_printf(g->a, "it is an alias (CNAME) of %s", z->servers[0].says.alias);
	else if (z->nservers)
		z->why = arena_printf(g->a, "none of its name servers answers for it (%s at %s: %s)",
				      z->servers[0].name,
				      ip_text(text, &z->servers[0].ip),
				      dns_status_text(z->servers[0].status));
}

static struct mx_host *known_host(struct gather *g, const struct domain *d,
				  const char *name)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (!strcmp(d->mx[i].host->name, name))
			return d->mx[i].host;
	if (d->implicit && !strcmp(d->implicit->name, name))
		return d->implicit;
	return map_get(&g->hosts, name);
}

static void seek(struct gather *g, struct mx_host *h)
{
	struct seeking *s = arena_zalloc(g->a, sizeof(*s));

	s->host = h;
	s->quest = delegation_host(g->delegation, h->name, h->answer_is_own);
	s->next = g->seeking;
	g->seeking = s;
}

/* The host, whose addresses are looked for where they are not known yet. */
static struct mx_host *host_at(struct gather *g, const struct domain *d,
			       const char *name)
{
	struct mx_host *h = known_host(g, d, name);
	struct ip literal;
	bool is_new = !h;

	if (is_new) {
		h = arena_zalloc(g->a, sizeof(*h));
		h->name = name;
		h->is_address = ip_parse(&literal, name);
	}
	if (!map_get(&g->hosts, name)) {
		*map_at(&g->hosts, h->name) = h;
		if (!h->is_address && text_is_domain(name) && (is_new || h->answer_is_own))
			seek(g, h);
	}
	return h;
}

static void take_exchangers(struct gather *g, struct domain *d,
			    const struct mx_set *s)
{
	struct mx *mx = arena_zalloc(g->a, (s->n + 1) * sizeof(*mx));
	struct mx_host *implicit = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->records[i].host, "."))
			continue;
		mx[n].preference = s->records[i].preference;
		mx[n++].host = host_at(g, d, s->records[i].host);
	}
	if (s->status == DNS_NODATA)
		implicit = host_at(g, d, d->name);
	d->mx_status = s->status;
	d->null_mx = s->status == DNS_OK && !n;
	d->mx = mx;
	d->nmx = n;
	d->implicit = implicit;
	d->answer_is_own = false;
}

static void take_quest(struct gather *g, const struct wanted *w)
{
	const struct mx_set resolver = mx_set_of_domain(g->a, w->d);
	struct zone *z = domain_zone(w->d);

	/* Another server's resolver is not the one that was asked. */
	if (!g->f->panel) {
		z->resolver = resolver;
		z->resolver_is_own = w->d->answer_is_own;
	}
	z->servers = w->quest->servers;
	z->nservers = w->quest->nservers;
	z->why = w->quest->why;
	if (!z->why)
		judge_servers(g, z);
	if (mx_set_known(&z->delegated) && mx_set_known(&resolver))
		take_exchangers(g, w->d, &z->delegated);
}

/* ---- the hosts behind them -------------------------------------------- */

static void take_addresses(const struct facts *f, const struct quest *q,
			   struct mx_host *h)
{
	h->a = q->a == DNS_UNASKED ? DNS_TIMEOUT : q->a;
	h->aaaa = q->aaaa == DNS_UNASKED ? DNS_TIMEOUT : q->aaaa;
	h->ips = q->ips;
	h->nips = q->nips;
	h->cname = q->alias;
	h->answer_is_own = false;
	h->ours = false;
	for (size_t i = 0; i < q->nips; i++)
		h->ours |= facts_own_address(f, &q->ips[i]);
}

/* An address that only this server's own zone names stays just that. */
static void take_hosts(struct gather *g)
{
	struct providers *p = g->seeking ? providers_open() : NULL;

	for (struct seeking *s = g->seeking; s; s = s->next) {
		if (s->quest->why && s->host->answer_is_own)
			continue;
		take_addresses(g->f, s->quest, s->host);
		if (!s->host->ours)
			providers_fill(p, s->host);
	}
	providers_close(p);
}

/* ---- the whole -------------------------------------------------------- */

static void ask_delegated(struct gather *g)
{
	struct zone **zones;

	for (size_t i = 0; i < g->f->ndomains; i++)
		if (is_needed(g, &g->f->domains[i]))
			want(g, &g->f->domains[i]);
	delegation_run(g->delegation);
	zones = arena_zalloc(g->a, (g->nwanted + 1) * sizeof(*zones));
	for (size_t i = 0; i < g->nwanted; i++) {
		take_quest(g, &g->wanted[i]);
		zones[i] = domain_zone(g->wanted[i].d);
	}
	delegation_run(g->delegation);
	take_hosts(g);
	providers_name_keepers(zones, g->nwanted, g->a);
}

static int run_pass(struct gather *g, enum pass pass, struct err *e)
{
	g->pass = pass;
	return g->server ? run(g, e) : 0;
}

static int gather(struct gather *g, struct err *e)
{
	if (find_own_server(g, e) || run_pass(g, PASS_SWEEP, e))
		return -1;
	ask_delegated(g);
	return run_pass(g, PASS_WANTED, e) || run_pass(g, PASS_SERIAL, e) ? -1 : 0;
}

static struct delegation *new_delegation(struct world *w, const struct facts *f,
					 struct arena *a)
{
	return delegation_new(w, f, dns_resolver_is_own(w, f), a);
}

void zones_gather(struct world *w, bool named, struct facts *f,
		  struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_ZONES];
	struct gather g = { .w = w, .f = f, .a = a, .named = named,
		.hosts = MAP_INIT(a, 0) };
	struct err e;

	if (!w->ops->dns || w->resolver_is_public) {
		s->why = "all DNS goes through the resolver that was given";
		return;
	}
	if (f->source[SOURCE_DNS].state != SOURCE_OK) {
		s->state = SOURCE_FAILED;
		s->why = f->source[SOURCE_DNS].why;
		return;
	}
	if (getrandom(&g.hosts.seed, sizeof(g.hosts.seed), 0) < 0)
		g.hosts.seed = (unsigned long)(uintptr_t)&g;
	g.delegation = new_delegation(w, f, a);
	s->state = SOURCE_OK;
	if (gather(&g, &e)) {
		s->state = SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
	}
}

void zones_look_up_host(struct world *w, const struct facts *f, const char *name,
			struct arena *a, struct mx_host *out)
{
	struct delegation *d = new_delegation(w, f, a);
	struct quest *q = delegation_host(d, name, false);

	memset(out, 0, sizeof(*out));
	out->name = q->name;
	delegation_run(d);
	take_addresses(f, q, out);
}
