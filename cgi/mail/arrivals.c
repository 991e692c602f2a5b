#include <string.h>

#include "base/map.h"
#include "mail/arrivals.h"
#include "mail/exim_log.h"
#include "mail/providers.h"
#include "mail/refusals.h"
#include "mail/ruleset.h"
#include "mail/verdict.h"

#define MSGID_MAX	24
#define NAME_SIZE	254
#define HOST_TEXT_MAX	(NAME_SIZE + 3 + IP_TEXT_MAX)
/* Domains of one message that are told apart; a message to more of them than
 * this may be counted more than once for the rest. */
#define DOMAINS_A_MESSAGE 4

struct message {
	char id[MSGID_MAX];
	bool counted;		/* the arrival named its recipients */
	int64_t at;
	char verified[NAME_SIZE];	/* host name, or "" */
	struct ip ip;
	const struct domain *seen[DOMAINS_A_MESSAGE];
	unsigned nseen;
	struct message *next;	/* with the same hash */
};

/* One buffer a domain, written over: a log can hold millions of arrivals. */
struct tally {
	struct domain *domain;
	char *last, *provider;
};

struct arrival_look {
	struct facts *facts;
	struct arena *arena;
	struct map tallies;
	int64_t (*utc)(int64_t wall);
	struct message *ring;	/* ARRIVALS_REMEMBERED, the oldest at `at` */
	size_t at;
	struct message **bucket;	/* as many */
	struct refusal_look *refused;
};

struct arrival_look *arrival_look_new(struct facts *f, struct arena *a,
				      int64_t (*utc)(int64_t wall))
{
	struct arrival_look *l = arena_zalloc(a, sizeof(*l));
	struct tally *t = arena_zalloc(a, (f->ndomains + 1) * sizeof(*t));

	l->facts = f;
	l->arena = a;
	l->utc = utc;
	l->refused = refusal_look_new(a);
	l->tallies = (struct map)MAP_INIT(a, 0);
	l->ring = arena_zalloc(a, ARRIVALS_REMEMBERED * sizeof(*l->ring));
	l->bucket = arena_zalloc(a, ARRIVALS_REMEMBERED * sizeof(*l->bucket));
	for (size_t i = 0; i < f->ndomains; i++, t++) {
		t->domain = &f->domains[i];
		*map_at(&l->tallies, t->domain->name) = t;
	}
	return l;
}

/* ---- the messages remembered ------------------------------------------ */

/* FNV-1a; ids are made here, not by strangers. */
static size_t bucket_of(const char *id)
{
	uint32_t h = 2166136261u;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h % ARRIVALS_REMEMBERED;
}

static struct message **chain_of(struct arrival_look *l, const char *id)
{
	struct message **at = &l->bucket[bucket_of(id)];

	while (*at && strcmp((*at)->id, id))
		at = &(*at)->next;
	return at;
}

static bool copy(char *out, size_t size, struct slice s)
{
	if (s.n >= size || (s.n && memchr(s.p, '\0', s.n)))
		return false;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static struct message *recall(struct arrival_look *l, struct slice msgid)
{
	char id[MSGID_MAX];

	return copy(id, sizeof(id), msgid) ? *chain_of(l, id) : NULL;
}

static void forget(struct arrival_look *l, struct message *m)
{
	struct message **at;

	if (!m->id[0])
		return;
	at = chain_of(l, m->id);
	if (*at)
		*at = m->next;
}

static struct message *remember(struct arrival_look *l, struct slice msgid)
{
	struct message *m = &l->ring[l->at], **at;
	char id[MSGID_MAX];

	if (!copy(id, sizeof(id), msgid) || (at = chain_of(l, id), *at))
		return NULL;	/* the same line in both files */
	l->at = (l->at + 1) % ARRIVALS_REMEMBERED;
	forget(l, m);
	memset(m, 0, sizeof(*m));
	memcpy(m->id, id, sizeof(id));
	at = chain_of(l, id);
	*at = m;
	return m;
}

/* ---- counting --------------------------------------------------------- */

static bool first_for(struct message *m, const struct domain *d)
{
	for (unsigned i = 0; i < m->nseen; i++)
		if (m->seen[i] == d)
			return false;
	if (m->nseen < DOMAINS_A_MESSAGE)
		m->seen[m->nseen++] = d;
	return true;
}

/* A verified name of the operator of the domain's lowest mail exchangers; those
 * of higher ones get its mail as seldom as we do. */
static bool of_provider(const struct domain *d, const char *verified)
{
	uint16_t lowest;

	if (!verified[0] || !mx_lowest_preference(d, &lowest))
		return false;
	for (size_t i = 0; i < d->nmx; i++)
		if (d->mx[i].preference == lowest && !d->mx[i].host->ours &&
		    provider_delivers_as(d->mx[i].host, verified))
			return true;
	return false;
}

/* "name [ip]", or "[ip]" where no name could be verified: a HELO proves nothing. */
static const char *write_host(struct arrival_look *l, char **buf,
			      const struct message *m)
{
	size_t n = strlen(m->verified);
	char *p;

	if (!*buf)
		*buf = arena_zalloc(l->arena, HOST_TEXT_MAX);
	p = *buf;
	memcpy(p, m->verified, n);
	if (n)
		p[n++] = ' ';
	p[n++] = '[';
	ip_text(p + n, &m->ip);
	n = strlen(p);
	memcpy(p + n, "]", 2);
	return p;
}

static struct tally *tally_of(const struct arrival_look *l, struct slice address)
{
	char name[NAME_SIZE];

	return copy(name, sizeof(name), exim_log_domain(address)) ?
		map_get(&l->tallies, text_lower(name)) : NULL;
}

static void count(struct arrival_look *l, struct message *m, struct slice address)
{
	struct tally *t = tally_of(l, address);
	struct arrivals *x;

	if (!t || !first_for(m, t->domain))
		return;
	x = &domain_more_at(t->domain, l->arena)->arrivals;
	x->count++;
	if (!x->last_host || m->at >= x->last) {
		x->last = m->at;
		x->last_host = write_host(l, &t->last, m);
	}
	if (of_provider(t->domain, m->verified)) {
		x->from_provider = true;
		x->provider_host = write_host(l, &t->provider, m);
	}
}

/* ---- lines ------------------------------------------------------------ */

static void widen(struct facts *f, int64_t at)
{
	if (!at || at < f->log_from - ARRIVALS_SILENCE)
		return;
	if (!f->log_from || at > f->log_to + ARRIVALS_SILENCE)
		f->log_from = f->log_to = at;
	else if (at < f->log_from)
		f->log_from = at;
	else if (at > f->log_to)
		f->log_to = at;
}

static bool foreign(const struct facts *f, const struct exim_log_line *x)
{
	return x->host.present && !x->host.ambiguous && !x->login.n &&
		!ip_is_loopback(&x->host.ip) && !facts_own_address(f, &x->host.ip);
}

/* Whether networks that may relay still do. */
static void note_use(struct relay_facts *r, const struct exim_log_line *x, int64_t at)
{
	if (!x->host.present || x->login.n)
		return;
	r->use_unsure |= x->host.ambiguous || !at;
	for (size_t i = 0; i < r->n && i < RELAY_USE_MAX; i++)
		if (at > r->nets[i].used && net_has(&r->nets[i].net, &x->host.ip))
			r->nets[i].used = at;
}

static void arrival(struct arrival_look *l, const struct exim_log_line *x)
{
	struct slice rest = x->rcpts;
	struct message *m;

	note_use(&l->facts->relay, x, exim_log_utc(x, l->utc));
	if (!foreign(l->facts, x) || !(m = remember(l, x->msgid)))
		return;
	m->at = exim_log_utc(x, l->utc);
	m->ip = x->host.ip;
	if (!copy(m->verified, sizeof(m->verified), x->host.name))
		m->verified[0] = '\0';
	while (rest.n) {
		count(l, m, slice_cut(&rest, ' '));
		m->counted = true;
	}
}

static void delivery(struct arrival_look *l, const struct exim_log_line *x)
{
	struct message *m = recall(l, x->msgid);

	if (m && !m->counted)
		count(l, m, x->orig.n ? x->orig : x->addr);
}

/* For a domain that is not judged: those that are need no log to be found. */
static void refusal(struct arrival_look *l, const struct exim_log_line *x)
{
	if (!x->temp && !x->truncated && x->what && !strcmp(x->what, "RCPT") &&
	    !tally_of(l, x->rcpt))
		refusal_note(l->refused, exim_log_domain(x->rcpt), exim_log_utc(x, l->utc));
}

void arrival_look_end(struct arrival_look *l)
{
	refusal_look_end(l->refused, l->facts);
}

void arrival_look_line(struct arrival_look *l, struct slice line)
{
	struct exim_log_line x;

	if (slice_eq(line, ARRIVALS_GAP))
		l->facts->log_from = l->facts->log_to = 0;
	exim_log_parse(line, &x);
	widen(l->facts, exim_log_utc(&x, l->utc));
	if (x.type == EXIM_LOG_ARRIVAL)
		arrival(l, &x);
	else if (x.type == EXIM_LOG_DELIVERY || x.type == EXIM_LOG_FAIL ||
		 x.type == EXIM_LOG_DEFER)
		delivery(l, &x);
	else if (x.type == EXIM_LOG_REJECT)
		refusal(l, &x);
}
