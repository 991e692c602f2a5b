#include <string.h>

#include "mail/manual_mx.h"
#include "sources/beside.h"
#include "sources/manual_routes.h"

struct gather {
	struct facts *f;
	struct arena *a;
	struct manual_hosts *hosts;
	struct map seen;	/* domains with a line */
	size_t cap;
};

/* An address needs no look-up. */
static struct mx_host *host_of_address(struct gather *g, const struct ip *given)
{
	struct mx_host *h = arena_zalloc(g->a, sizeof(*h));
	struct ip *ip = arena_zalloc(g->a, sizeof(*ip));
	char text[IP_TEXT_MAX];

	*ip = *given;
	h->name = arena_strdup(g->a, ip_text(text, ip));
	h->ips = ip;
	h->nips = 1;
	h->is_address = true;
	h->a = ip->family == 4 ? DNS_OK : DNS_NODATA;
	h->aaaa = ip->family == 4 ? DNS_NODATA : DNS_OK;
	h->ours = facts_own_address(g->f, ip);
	return h;
}

static struct mx_host *host_of(struct gather *g, const struct manual_mx_host *x)
{
	struct manual_hosts *all = g->hosts;
	struct mx_host *h;

	if (x->ip.family)
		return host_of_address(g, &x->ip);
	h = map_get(&all->by_name, x->name);
	if (h)
		return h;
	h = arena_zalloc(g->a, sizeof(*h));
	h->name = arena_strdup(g->a, x->name);
	*map_at(&all->by_name, h->name) = h;
	all->list = arena_grow(g->a, all->list, all->n, &all->cap, sizeof(struct mx_host *));
	all->list[all->n++] = h;
	return h;
}

static void take_hosts(struct gather *g, struct slice list, struct manual_route *r)
{
	struct mx_host *hosts[MANUAL_HOSTS_MAX];
	struct manual_mx_host x;
	char separator = 0;

	while (manual_mx_host(&list, &separator, &x, &r->fault)) {
		if (x.by_mx)
			r->fault = "it follows another name's MX records (/mx), which are not compared";
		else if (r->nhosts == MANUAL_HOSTS_MAX)
			r->fault = "it names more hosts than are looked at";
		if (r->fault)
			break;
		r->special |= x.has_port || ip_is_loopback(&x.ip);
		hosts[r->nhosts++] = host_of(g, &x);
	}
	if (!r->nhosts && !r->fault)
		r->fault = "no host stands behind the domain";
	r->hosts = arena_zalloc(g->a, (r->nhosts + 1) * sizeof(*r->hosts));
	memcpy(r->hosts, hosts, r->nhosts * sizeof(*r->hosts));
}

static void take(struct gather *g, const struct manual_mx_entry *x)
{
	struct facts *f = g->f;
	struct manual_route *r;
	const char *name;

	if (!*x->domain && !f->partial && !f->manual_why)
		f->manual_why = arena_printf(g->a, "line %u: %s", x->line, x->why);
	if (!*x->domain || map_get(&g->seen, x->domain) ||
	    (f->partial && !facts_domain(f, x->domain)))
		return;
	name = arena_strdup(g->a, x->domain);
	f->manual = arena_grow(g->a, f->manual, f->nmanual, &g->cap, sizeof(*f->manual));
	r = &f->manual[f->nmanual++];
	*r = (struct manual_route){ .domain = name, .line = x->line, .fault = x->why };
	/* A line that Exim cannot match leaves room for one that it can. */
	if (!x->why || x->hosts.p)
		*map_at(&g->seen, name) = r;
	if (!x->why)
		take_hosts(g, x->hosts, r);
}

void manual_routes_gather(struct world *w, struct facts *f,
			  struct manual_hosts *hosts, struct arena *a)
{
	struct gather g = {
		.f = f, .a = a, .hosts = hosts, .seen = MAP_INIT(a, hosts->by_name.seed),
	};
	struct manual_mx_entry x;
	struct manual_mx m;
	struct slice text;
	struct err e;

	if (world_text(w, WORLD_MANUALMX, a, &text, &e)) {
		if (e.code != ERR_NOT_FOUND)
			f->manual_why = arena_strdup(a, e.text);
		return;
	}
	manual_mx_init(&m, text);
	while (manual_mx_next(&m, &x)) {
		if (f->nmanual == MANUAL_ROUTES_MAX) {
			f->manual_why = "/etc/manualmx has more lines than are looked at";
			return;
		}
		take(&g, &x);
	}
}
