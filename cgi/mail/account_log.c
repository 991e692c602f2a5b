#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "mail/account_log.h"
#include "mail/cursor.h"
#include "mail/exim_log.h"

#define WHO_SIZE 320
#define SAID_SIZE 240

struct account_look {
	struct facts *facts;
	struct arena *arena;
	int64_t (*utc)(int64_t wall);
	struct map index;		/* address as text → place, plus one */
	struct known_client *clients;
	size_t nclients, cap_clients;
	struct limit_hit *limits;
	size_t nlimits, cap_limits;
};

struct account_look *account_look_new(struct facts *f, struct arena *a,
				      int64_t (*utc)(int64_t wall))
{
	struct account_look *l = arena_zalloc(a, sizeof(*l));

	l->facts = f;
	l->arena = a;
	l->utc = utc;
	l->index = (struct map)MAP_INIT(a, 0);
	return l;
}

/* Printable, cut, into the old room where there is some: logs are long. */
static const char *put(struct account_look *l, const char *old, size_t size,
		       struct slice s)
{
	char *room = old ? (char *)(uintptr_t)old : arena_zalloc(l->arena, size);
	char raw[WHO_SIZE];
	size_t n = s.n < sizeof(raw) - 1 ? s.n : sizeof(raw) - 1;

	if (n)
		memcpy(raw, s.p, n);
	raw[n] = '\0';
	return text_printable(room, size, raw);
}

/* ---- clients ----------------------------------------------------------- */

static struct known_client *client_at(struct account_look *l, const struct ip *ip)
{
	char text[IP_TEXT_MAX];
	void *at = map_get(&l->index, ip_text(text, ip));

	if (at)
		return &l->clients[(uintptr_t)at - 1];
	if (l->nclients == CLIENTS_MAX)
		return NULL;
	l->clients = arena_grow(l->arena, l->clients, l->nclients, &l->cap_clients,
				sizeof(*l->clients));
	l->clients[l->nclients] = (struct known_client){ .ip = *ip };
	*map_at(&l->index, arena_strdup(l->arena, text)) =
		(void *)(uintptr_t)++l->nclients;
	return &l->clients[l->nclients - 1];
}

static void arrival(struct account_look *l, const struct exim_log_line *x)
{
	struct known_client *c;

	if (!x->login.p || !x->host.present || x->host.ambiguous ||
	    ip_is_loopback(&x->host.ip) || facts_own_address(l->facts, &x->host.ip))
		return;
	c = client_at(l, &x->host.ip);
	if (!c)
		return;
	c->last = exim_log_utc(x, l->utc);
	c->who = put(l, c->who, WHO_SIZE, x->login);
}

/* ---- limits ------------------------------------------------------------ */

static struct limit_hit *limit_at(struct account_look *l, enum limit_kind kind,
				  const char *domain)
{
	for (size_t i = 0; i < l->nlimits; i++)
		if (l->limits[i].kind == kind && !strcmp(l->limits[i].domain, domain))
			return &l->limits[i];
	l->limits = arena_grow(l->arena, l->limits, l->nlimits, &l->cap_limits,
			       sizeof(*l->limits));
	l->limits[l->nlimits] = (struct limit_hit){ .kind = kind, .domain = domain };
	return &l->limits[l->nlimits++];
}

/* "Domain D has exceeded the max …": the name as this server knows it. */
static const char *domain_of(const struct account_look *l, struct slice *text)
{
	const struct domain *d;
	struct slice name;
	char buf[254];

	if (!cursor_take(text, "Domain "))
		return NULL;
	name = slice_cut(text, ' ');
	if (!name.n || name.n >= sizeof(buf) || memchr(name.p, '\0', name.n))
		return NULL;
	memcpy(buf, name.p, name.n);
	buf[name.n] = '\0';
	d = facts_domain(l->facts, text_lower(buf));
	return d ? d->name : NULL;
}

static bool kind_of(struct slice text, enum limit_kind *kind)
{
	static const char *const phrases[NLIMITS] = {
		[LIMIT_DEFER_FAIL] = "has exceeded the max defers and failures per hour",
		[LIMIT_HOURLY] = "has exceeded the max emails per hour",
	};

	for (int i = 0; i < NLIMITS; i++)
		if (slice_starts(text, phrases[i])) {
			*kind = (enum limit_kind)i;
			return true;
		}
	return false;
}

static void stopped(struct account_look *l, const struct exim_log_line *x)
{
	int64_t at = exim_log_utc(x, l->utc), now = l->facts->now;
	struct slice text = x->text;
	struct limit_hit *h;
	enum limit_kind kind;
	const char *domain;
	size_t ignored;

	if (!slice_eq(exim_log_field(x, "R"), "enforce_mail_permissions") || at > now ||
	    at < now - LIMIT_SPAN)
		return;
	/* A deferral's number and quote stand before what the router said. */
	if (cursor_find(text, "Domain ", &ignored))
		text = cursor_drop(text, ignored);
	domain = domain_of(l, &text);
	if (!domain || !kind_of(text, &kind))
		return;
	h = limit_at(l, kind, domain);
	h->count++;
	h->discarded += cursor_find(text, "Message discarded", &ignored);
	h->last = at;
	h->text = put(l, h->text, SAID_SIZE, x->text);
}

/* ------------------------------------------------------------------------ */

void account_look_line(struct account_look *l, struct slice line)
{
	struct exim_log_line x;
	size_t ignored;

	if (!cursor_find(line, " A=", &ignored) &&
	    !cursor_find(line, "has exceeded the max", &ignored))
		return;
	exim_log_parse(line, &x);
	if (x.type == EXIM_LOG_ARRIVAL)
		arrival(l, &x);
	else if (x.type == EXIM_LOG_FAIL || x.type == EXIM_LOG_DEFER)
		stopped(l, &x);
}

static int by_domain(const void *pa, const void *pb)
{
	const struct limit_hit *a = pa, *b = pb;
	int d = strcmp(a->domain, b->domain);

	return d ? d : (int)a->kind - (int)b->kind;
}

static int by_address(const void *pa, const void *pb)
{
	const struct ip *a = &((const struct known_client *)pa)->ip;
	const struct ip *b = &((const struct known_client *)pb)->ip;

	return a->family != b->family ? (int)a->family - (int)b->family :
		memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

void account_look_end(struct account_look *l)
{
	struct blocking_facts *b = &l->facts->blocking;

	if (l->nclients)
		qsort(l->clients, l->nclients, sizeof(*l->clients), by_address);
	if (l->nlimits)
		qsort(l->limits, l->nlimits, sizeof(*l->limits), by_domain);
	b->clients = l->clients;
	b->nclients = l->nclients;
	b->limits = l->limits;
	b->nlimits = l->nlimits;
}
