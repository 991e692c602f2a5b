#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "mail/exim_ports.h"
#include "mail/listening.h"
#include "mail/probe.h"
#include "mail/smtp_talk.h"
#include "sources/ports.h"

#define EXTRA_MAX 16

struct gathering {
	struct world *w;
	struct arena *arena;
	struct port_facts *p;
	struct own_port *own;
	struct wanted_port *extra;
	struct ip home[2];	/* an interface's address in either family */
	const char *helo;
	int64_t until;
};

/* ---- addresses ---------------------------------------------------------- */

static bool is_link_local(const struct ip *ip)
{
	return ip->family == 6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

/* Where to speak to a socket that is bound to every address: the first one of
 * an interface, as the world would, else loopback. */
static void find_home(struct gathering *g)
{
	struct ip *all;
	struct err e;
	size_t n;

	ip_parse(&g->home[0], "127.0.0.1");
	ip_parse(&g->home[1], "::1");
	if (!g->w->ops->addresses || g->w->ops->addresses(g->w, g->arena, &all, &n, &e))
		return;
	for (size_t i = 0; i < n; i++) {
		struct ip *home = &g->home[all[i].family == 6];

		if (ip_is_loopback(&all[i]) || is_link_local(&all[i]))
			continue;
		if (ip_is_loopback(home))
			*home = all[i];
		g->p->has6 |= all[i].family == 6 && !ip_is_private(&all[i]);
	}
}

/* ---- which ports -------------------------------------------------------- */

static struct own_port *add(struct gathering *g, unsigned port, int family,
			    const struct wanted_port *wanted)
{
	struct own_port *o = &g->own[g->p->nown];
	const struct ip *ip = wanted && !wanted->any ? &wanted->ip : NULL;

	if (g->p->nown == PORTS_MAX)
		return NULL;
	o->port = port;
	o->family = family;
	o->wanted = wanted;
	o->listener = listening_find(g->p->listeners, g->p->nlisteners, family,
				     port, ip, &o->maybe);
	g->p->nown++;
	return o;
}

static bool is_known(const struct gathering *g, unsigned port, int family)
{
	for (size_t i = 0; i < g->p->nown; i++)
		if (g->own[i].port == port && g->own[i].family == family)
			return true;
	return false;
}

/* IPv6 that nobody outside could use is not asked for. */
static void add_wanted(struct gathering *g, const struct wanted_port *w)
{
	if (w->ip.family == 4 || g->p->has6 || !w->any)
		add(g, w->port, w->ip.family, w);
}

static void add_extra(struct gathering *g)
{
	unsigned ports[EXTRA_MAX];
	struct slice text;
	struct err e;
	size_t n;

	if (world_text(g->w, WORLD_CHKSERVD, g->arena, &text, &e))
		return;
	n = exim_ports_extra(text, ports, EXTRA_MAX);
	g->extra = arena_zalloc(g->arena, (n + 1) * sizeof(*g->extra));
	for (size_t i = 0; i < n; i++) {
		g->extra[i] = (struct wanted_port){
			.ip = { .family = 4 }, .any = true, .port = ports[i],
			.from = world_files[WORLD_CHKSERVD].path,
		};
		if (!is_known(g, ports[i], 4))
			add(g, ports[i], 4, &g->extra[i]);
	}
}

/* IPv6 that Exim is not to serve, while the world could try it. */
static void add_left_out(struct gathering *g)
{
	size_t n = g->p->nown;

	for (size_t i = 0; i < n && g->p->has6; i++)
		if (g->own[i].family == 4 && g->own[i].wanted &&
		    g->own[i].wanted->any && !is_known(g, g->own[i].port, 6))
			add(g, g->own[i].port, 6, NULL);
}

static void add_found(struct gathering *g)
{
	for (size_t i = 0; i < g->p->nlisteners; i++) {
		const struct listener *l = &g->p->listeners[i];

		if (l->program && !strncmp(l->program, "exim", 4) &&
		    !ip_is_loopback(&l->ip) && !is_known(g, l->port, l->ip.family))
			add(g, l->port, l->ip.family, NULL);
	}
}

static int order(const void *pa, const void *pb)
{
	const struct own_port *a = pa, *b = pb;

	return a->port != b->port ? (a->port < b->port ? -1 : 1) :
		a->family - b->family;
}

/* ---- conversations ------------------------------------------------------ */

static void talk_to(struct gathering *g, struct own_port *o)
{
	struct smtp_place to = { .port = o->port, .helo = g->helo,
		.tls_first = o->wanted ? o->wanted->tls_first : o->port == 465 };
	struct err e;
	char *text;
	size_t n;

	to.ip = o->listener->any ? g->home[o->family == 6] : o->listener->ip;
	o->at = to.ip;
	if (is_link_local(&to.ip)) {
		o->talk.why = "it is bound to a link-local address";
	} else if (io_monotonic_ms() >= g->until) {
		o->talk.why = "the other ports took all the time there was";
	} else if (g->w->ops->talk(g->w, &to, g->arena, &text, &n, &e)) {
		o->talk.state = TALK_UNKNOWN;
		o->talk.why = arena_strdup(g->arena, e.text);
	} else {
		smtp_talk_read((struct slice){ text, n }, g->arena, &o->talk);
	}
}

/* An IPv6 socket that refuses IPv4 does not serve it. */
static void settle(struct own_port *o)
{
	if (o->maybe && o->talk.state == TALK_REFUSED)
		o->listener = NULL;
	o->maybe = o->maybe && o->talk.state < TALK_SILENT && o->listener;
}

static int listeners(struct gathering *g, struct err *e)
{
	char *text;
	size_t n;

	if (g->w->ops->command(g->w, WORLD_LISTENING, NULL, NULL, g->arena, &text,
			       &n, e))
		return -1;
	g->p->nlisteners = listening_read((struct slice){ text, n }, g->arena,
					  &g->p->listeners);
	return 0;
}

void ports_listeners(struct world *w, struct facts *f, struct arena *a)
{
	struct gathering g = { .w = w, .arena = a, .p = &f->ports };
	struct err e;

	if (w->ops->command)
		listeners(&g, &e);
}

static void last_probe(struct gathering *g)
{
	struct slice text;
	struct err e;

	if (!world_text(g->w, WORLD_PROBE, g->arena, &text, &e))
		probe_read(text, g->arena, &g->p->probe);
}

void ports_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_PORTS];
	struct gathering g = { .w = w, .arena = a, .p = &f->ports,
		.helo = f->hostname, .until = io_monotonic_ms() + PORTS_MS };
	struct err e;

	if (!w->ops->command || !w->ops->talk) {
		s->why = "the ports are not part of this world";
		return;
	}
	s->state = SOURCE_OK;
	if (listeners(&g, &e)) {
		s->state = e.code == ERR_NOT_FOUND ? SOURCE_ABSENT : SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
		return;
	}
	find_home(&g);
	last_probe(&g);
	g.own = arena_zalloc(a, PORTS_MAX * sizeof(*g.own));
	g.p->own = g.own;
	for (size_t i = 0; i < g.p->nwanted; i++)
		add_wanted(&g, &g.p->wanted[i]);
	add_extra(&g);
	add_left_out(&g);
	add_found(&g);
	qsort(g.own, g.p->nown, sizeof(*g.own), order);
	for (size_t i = 0; i < g.p->nown; i++)
		if (g.own[i].listener)
			talk_to(&g, &g.own[i]), settle(&g.own[i]);
}

void ports_fetch(struct world *w, struct facts *f, struct arena *a)
{
	static const struct wanted_port wanted[] = {
		{ .ip = { .family = 4 }, .any = true, .port = 993, .tls_first = true },
		{ .ip = { .family = 4 }, .any = true, .port = 995, .tls_first = true },
	};
	const size_t n = sizeof(wanted) / sizeof(*wanted);
	struct gathering g = { .w = w, .arena = a, .p = &f->ports,
		.helo = f->hostname, .until = io_monotonic_ms() + PORTS_MS };
	struct own_port *all = arena_zalloc(a, n * sizeof(*all));

	find_home(&g);
	for (size_t i = 0; i < n; i++) {
		struct own_port *o = &all[i];

		o->port = wanted[i].port;
		o->family = 4;
		o->wanted = &wanted[i];
		o->listener = listening_find(g.p->listeners, g.p->nlisteners, 4, o->port,
					     NULL, &o->maybe);
		if (o->listener)
			talk_to(&g, o), settle(o);
	}
	f->ports.fetch = all;
	f->ports.nfetch = n;
}
