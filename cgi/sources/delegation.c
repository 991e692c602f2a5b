#include <string.h>
#include <sys/random.h>

#include "base/io.h"
#include "base/map.h"
#include "sources/delegation.h"
#include "sources/dns_packet.h"
#include "sources/mx_answer.h"

/* ---- what is known on the way ----------------------------------------- */

enum cut_state {
	CUT_NEW,	/* the resolver is to be asked for its NS records */
	CUT_KNOWN,
	CUT_NONE,	/* no zone begins here, or its own zone says so */
	CUT_SILENT,
};

/* A name at which a zone may begin, and the servers of that zone. */
struct cut {
	const char *name;
	enum cut_state state;
	bool referred;	/* the servers are those that the zone above names */
	size_t n;
	struct {
		const char *name;
		struct ip ip;		/* family 0: host finds it */
		struct quest *host;
	} servers[DELEGATION_SERVERS];
};

enum step {
	STEP_RESOLVER,	/* a host: ask the resolver */
	STEP_CUT,	/* look for the lowest zone that can be believed */
	STEP_SERVERS,	/* wait for its servers' addresses */
	STEP_PROBE,	/* ask two of them, which may know a lower one */
	STEP_ASK,	/* ask them all */
};

/* What one server said about a host. */
struct told {
	enum dns_status a, aaaa;
	struct ip *ips;
	size_t nips;
	const char *alias;
};

struct quest_work {
	enum step step;
	struct cut *cut, *lower;
	unsigned steps;
	bool own;	/* the resolver answered from its own zone */
	struct told told[DELEGATION_SERVERS];
};

enum about { ABOUT_NS, ABOUT_MX, ABOUT_SOA, ABOUT_A, ABOUT_AAAA };

/* One question of a round. */
struct item {
	enum about about;
	struct cut *cut;	/* ABOUT_NS */
	struct quest *quest;
	struct name_server *server;	/* NULL: the resolver */
};

struct delegation {
	struct dns_batch batch;		/* first: the callbacks get it */
	struct world *w;
	const struct facts *f;
	struct arena *a;
	bool resolver_is_own;
	struct map cuts, quests, hosts, addresses;
	struct quest **all;
	size_t nall, cap_all, naddresses;
	struct cut **all_cuts;
	size_t ncuts, cap_cuts;
	struct item *items;
	size_t nitems, cap_items, next_item;
	struct dns_answer answer;
	struct dns_referral referral;
};

struct delegation *delegation_new(struct world *w, const struct facts *f,
				  bool resolver_is_own, struct arena *a)
{
	struct delegation *d = arena_zalloc(a, sizeof(*d));
	unsigned long seed;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = (unsigned long)(uintptr_t)d;
	d->w = w;
	d->f = f;
	d->a = a;
	d->resolver_is_own = resolver_is_own;
	d->cuts = d->quests = d->hosts = d->addresses = (struct map)MAP_INIT(a, seed);
	return d;
}

static struct cut *cut_at(struct delegation *d, const char *name)
{
	void **at = map_at(&d->cuts, name);
	struct cut *c = *at;

	if (c)
		return c;
	c = *at = arena_zalloc(d->a, sizeof(*c));
	c->name = name;
	d->all_cuts = arena_grow(d->a, d->all_cuts, d->ncuts, &d->cap_cuts,
				 sizeof(struct cut *));
	d->all_cuts[d->ncuts++] = c;
	return c;
}

/* NULL: name is the root already. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : dot ? NULL : ".";
}

static size_t depth_of(const char *zone)
{
	return strcmp(zone, ".") ? strlen(zone) : 0;
}

static struct quest *quest_at(struct delegation *d, struct map *m,
			      const char *name, enum step step)
{
	void **at = map_at(m, name);
	struct quest *q = *at;

	if (q)
		return q;
	q = arena_zalloc(d->a, sizeof(*q));
	q->name = arena_strdup(d->a, name);
	*map_at(m, q->name) = q;
	q->work = arena_zalloc(d->a, sizeof(*q->work));
	q->work->step = step;
	d->all = arena_grow(d->a, d->all, d->nall, &d->cap_all, sizeof(struct quest *));
	d->all[d->nall++] = q;
	return q;
}

struct quest *delegation_mx(struct delegation *d, const char *name)
{
	return quest_at(d, &d->quests, name, STEP_CUT);
}

struct quest *delegation_host(struct delegation *d, const char *name, bool own)
{
	struct quest *q = quest_at(d, &d->hosts, name, own ? STEP_CUT : STEP_RESOLVER);

	q->for_host = true;
	return q;
}

static void fail(struct quest *q, const char *why)
{
	q->done = true;
	q->why = why;
}

/* ---- from one step to the next ---------------------------------------- */

/* The lowest zone that the resolver can be believed about; all candidates are
 * asked for at once. Of a domain only those above it: whom it is delegated to
 * is for its parent to say, not for the domain's own NS records. */
static void find_cut(struct delegation *d, struct quest *q)
{
	const char *first = q->for_host ? q->name : parent_of(q->name);
	bool waiting = false;

	for (const char *at = first; at && !waiting; at = parent_of(at)) {
		struct cut *c = cut_at(d, at);

		if (c->state == CUT_SILENT) {
			fail(q, arena_printf(d->a, "the resolver could not tell the name servers of %s", at));
			return;
		}
		if (c->state == CUT_KNOWN) {
			q->work->cut = c;
			q->work->step = STEP_SERVERS;
			return;
		}
		waiting = c->state == CUT_NEW;
	}
	if (!waiting)
		fail(q, "the public DNS names no name servers for it");
	for (const char *at = first; at && waiting; at = parent_of(at))
		cut_at(d, at);
}

/* True when no server's address is still looked for. */
static bool addresses_known(struct delegation *d, struct cut *c)
{
	bool all = true;

	for (size_t i = 0; i < c->n; i++) {
		if (c->servers[i].ip.family)
			continue;
		if (!c->servers[i].host)
			c->servers[i].host = delegation_host(d, c->servers[i].name, false);
		if (c->servers[i].host->done && c->servers[i].host->nips)
			c->servers[i].ip = c->servers[i].host->ips[0];
		all &= c->servers[i].host->done;
	}
	return all;
}

/* One more address that questions go to, as long as there are not too many. */
static bool may_ask(struct delegation *d, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (map_get(&d->addresses, ip_text(text, ip)))
		return true;
	if (d->naddresses == DELEGATION_SERVERS_TOTAL)
		return false;
	d->naddresses++;
	*map_at(&d->addresses, arena_strdup(d->a, text)) = d;
	return true;
}

static void take_servers(struct delegation *d, struct quest *q)
{
	struct cut *c = q->work->cut;

	if (!addresses_known(d, c))
		return;
	q->servers = arena_zalloc(d->a, (c->n + 1) * sizeof(*q->servers));
	q->nservers = 0;
	for (size_t i = 0; i < c->n; i++) {
		struct name_server *s = &q->servers[q->nservers];

		if (!c->servers[i].ip.family || !may_ask(d, &c->servers[i].ip))
			continue;
		s->name = c->servers[i].name;
		s->ip = c->servers[i].ip;
		s->ours = facts_own_address(d->f, &s->ip);
		q->nservers++;
	}
	q->work->step = strcmp(c->name, q->name) ? STEP_PROBE : STEP_ASK;
	if (!q->nservers)
		fail(q, arena_printf(d->a, "no address of the name servers of %s could be found in the public DNS", c->name));
}

static void follow(struct delegation *d, struct quest *q)
{
	struct quest_work *x = q->work;

	x->cut = x->lower;
	x->lower = NULL;
	x->step = STEP_SERVERS;
	if (++x->steps > DELEGATION_STEPS)
		fail(q, arena_printf(d->a, "too many name servers point on to others (up to %s)", x->cut->name));
}

static void take_told(struct quest *q)
{
	for (size_t i = 0; i < q->nservers; i++) {
		const struct told *t = &q->work->told[i];

		if (q->servers[i].state != SERVER_ANSWERS ||
		    t->a == DNS_UNASKED || t->aaaa == DNS_UNASKED)
			continue;
		q->a = t->a;
		q->aaaa = t->aaaa;
		q->ips = t->ips;
		q->nips = t->nips;
		q->alias = t->alias;
		return;
	}
	q->a = q->aaaa = DNS_TIMEOUT;
	q->why = "none of its name servers answered";
}

/* After its questions were answered. */
static void conclude(struct delegation *d, struct quest *q)
{
	if (q->work->lower) {
		follow(d, q);
		return;
	}
	if (q->work->step == STEP_PROBE) {
		q->work->step = STEP_ASK;
		memset(q->work->told, 0, sizeof(q->work->told));
		return;
	}
	q->done = true;
	if (q->for_host)
		take_told(q);
}

/* ---- the questions of a round ----------------------------------------- */

static void add_item(struct delegation *d, enum about about, struct cut *c,
		     struct quest *q, struct name_server *s)
{
	d->items = arena_grow(d->a, d->items, d->nitems, &d->cap_items,
			      sizeof(*d->items));
	d->items[d->nitems++] = (struct item){ about, c, q, s };
}

static void ask_servers(struct delegation *d, struct quest *q)
{
	bool probe = q->work->step == STEP_PROBE;
	size_t n = probe && q->nservers > 2 ? 2 : q->nservers;

	for (size_t i = 0; i < n; i++) {
		add_item(d, q->for_host ? ABOUT_A : ABOUT_MX, NULL, q, &q->servers[i]);
		if (!probe)
			add_item(d, q->for_host ? ABOUT_AAAA : ABOUT_SOA, NULL, q,
				 &q->servers[i]);
	}
}

static void ask_resolver(struct delegation *d, struct quest *q)
{
	add_item(d, ABOUT_A, NULL, q, NULL);
	add_item(d, ABOUT_AAAA, NULL, q, NULL);
}

/* As far as each quest gets without an answer. New quests for name servers'
 * hosts join at the end and are seen by the same loop. */
static void plan_round(struct delegation *d)
{
	d->nitems = d->next_item = 0;
	for (size_t i = 0; i < d->nall; i++) {
		struct quest *q = d->all[i];

		if (!q->done && q->work->step == STEP_CUT)
			find_cut(d, q);
		if (!q->done && q->work->step == STEP_SERVERS)
			take_servers(d, q);
		if (q->done)
			continue;
		if (q->work->step == STEP_RESOLVER)
			ask_resolver(d, q);
		else if (q->work->step >= STEP_PROBE)
			ask_servers(d, q);
	}
	for (size_t i = 0; i < d->ncuts; i++)
		if (d->all_cuts[i]->state == CUT_NEW)
			add_item(d, ABOUT_NS, d->all_cuts[i], NULL, NULL);
}

/* ---- what comes back -------------------------------------------------- */

static void take_cut(struct delegation *d, struct cut *c)
{
	const struct dns_answer *x = &d->answer;

	if (c->state != CUT_NEW)	/* a referral was quicker */
		return;
	if (dns_unanswered(x->status)) {
		c->state = CUT_SILENT;
		return;
	}
	c->state = CUT_NONE;
	if (x->status != DNS_OK || *x->alias_of ||
	    (x->authoritative && d->resolver_is_own))
		return;
	c->state = CUT_KNOWN;
	for (size_t i = 0; i < x->n && c->n < DELEGATION_SERVERS; i++)
		c->servers[c->n++].name = arena_strdup(d->a, x->records[i].name);
}

static void add_ips(struct delegation *d, struct ip **ips, size_t *n,
		    const char **alias)
{
	const struct dns_answer *x = &d->answer;
	struct ip *all = arena_zalloc(d->a, (*n + x->n + 1) * sizeof(*all));

	if (*n)
		memcpy(all, *ips, *n * sizeof(*all));
	for (size_t i = 0; i < x->n; i++)
		all[(*n)++] = x->records[i].ip;
	*ips = all;
	if (*x->alias_of && !*alias)
		*alias = arena_strdup(d->a, x->alias_of);
}

/* The resolver's word on a host, unless it is its own zone's. */
static void take_resolved(struct delegation *d, struct quest *q, enum about about)
{
	*(about == ABOUT_A ? &q->a : &q->aaaa) = d->answer.status;
	q->work->own |= d->answer.authoritative && d->resolver_is_own;
	add_ips(d, &q->ips, &q->nips, &q->alias);
}

static void conclude_resolved(struct quest *q)
{
	if (!q->work->own) {
		q->done = true;
		return;
	}
	q->a = q->aaaa = DNS_UNASKED;
	q->nips = 0;
	q->alias = NULL;
	q->work->step = STEP_CUT;
}

/* A server that speaks for the zone; what it says is kept. */
static void take_said(struct delegation *d, const struct item *i)
{
	struct told *t = &i->quest->work->told[i->server - i->quest->servers];
	const struct dns_answer *x = &d->answer;

	if (i->about == ABOUT_MX) {
		mx_answer_read(x, &i->server->says, d->a);
		return;
	}
	if (i->about == ABOUT_SOA) {
		if (*x->zone) {
			i->server->says.apex = arena_strdup(d->a, x->zone);
			i->server->says.serial = x->serial;
		}
		return;
	}
	*(i->about == ABOUT_A ? &t->a : &t->aaaa) = x->status;
	add_ips(d, &t->ips, &t->nips, &t->alias);
}

/* A referral counts when it leads down; its servers are what the parent says. */
static void take_referral(struct delegation *d, struct quest *q)
{
	const struct dns_referral *r = &d->referral;
	struct cut *c;

	if (q->work->lower || depth_of(r->zone) <= depth_of(q->work->cut->name))
		return;
	c = cut_at(d, arena_strdup(d->a, r->zone));
	q->work->lower = c;
	if (c->referred)
		return;
	c->referred = true;
	c->state = CUT_KNOWN;
	memset(c->servers, 0, sizeof(c->servers));
	c->n = 0;
	for (size_t i = 0; i < r->n && c->n < DELEGATION_SERVERS; i++) {
		c->servers[c->n].name = arena_strdup(d->a, r->servers[i].name);
		c->servers[c->n++].ip = r->servers[i].v4.family ?
			r->servers[i].v4 : r->servers[i].v6;
	}
}

static void take_direct(struct delegation *d, const struct item *i, bool answered)
{
	const struct dns_answer *x = &d->answer;
	bool alias = x->status == DNS_MALFORMED && *x->alias_of;

	if (x->authoritative && (alias || !dns_unanswered(x->status))) {
		i->server->state = SERVER_ANSWERS;
		take_said(d, i);
	} else if (i->server->state != SERVER_ANSWERS) {
		i->server->state = answered ? SERVER_LAME : SERVER_SILENT;
		i->server->status = x->status;
	}
}

static struct dns_question question_of(const struct item *i)
{
	static const uint16_t types[] = {
		[ABOUT_NS] = ns_t_ns, [ABOUT_MX] = ns_t_mx, [ABOUT_SOA] = ns_t_soa,
		[ABOUT_A] = ns_t_a, [ABOUT_AAAA] = ns_t_aaaa,
	};
	struct dns_question q = {
		.name = i->cut ? i->cut->name : i->quest->name,
		.type = types[i->about],
	};

	if (i->server)
		q.server = i->server->ip;
	return q;
}

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct delegation *d = (struct delegation *)b;
	struct item *i;

	if (d->next_item == d->nitems)
		return false;
	i = &d->items[d->next_item++];
	*q = question_of(i);
	*tag = i;
	return true;
}

static void answer(struct dns_batch *b, void *tag, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct delegation *d = (struct delegation *)b;
	const struct item *i = tag;
	const struct dns_question q = question_of(i);

	dns_answer_read(&d->answer, &q, status, packet, n);
	if (i->cut)
		take_cut(d, i->cut);
	else if (!i->server)
		take_resolved(d, i->quest, i->about);
	else if (packet && dns_packet_referral(packet, n, &q, &d->referral))
		take_referral(d, i->quest);
	else
		take_direct(d, i, packet != NULL);
}

/* ---- the whole -------------------------------------------------------- */

static void finish_round(struct delegation *d)
{
	struct quest *last = NULL;

	for (size_t i = 0; i < d->nitems; i++) {
		struct quest *q = d->items[i].quest;

		if (!q || q == last)
			continue;
		last = q;	/* a quest's items stand together */
		if (q->work->step == STEP_RESOLVER)
			conclude_resolved(q);
		else
			conclude(d, q);
	}
}

static void give_up(struct delegation *d, const char *why)
{
	for (size_t i = 0; i < d->nall; i++)
		if (!d->all[i]->done)
			fail(d->all[i], why);
}

void delegation_run(struct delegation *d)
{
	int64_t until = io_monotonic_ms() + DELEGATION_MS;
	struct err e;

	d->batch.next = next;
	d->batch.answer = answer;
	for (int round = 0; round < DELEGATION_ROUNDS; round++) {
		plan_round(d);
		if (!d->nitems || io_monotonic_ms() > until)
			break;
		if (d->w->ops->dns(d->w, &d->batch, &e)) {
			give_up(d, arena_strdup(d->a, e.text));
			return;
		}
		finish_round(d);
	}
	give_up(d, "its name servers were not found in time");
}
