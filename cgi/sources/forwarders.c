#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "mail/csf_conf.h"
#include "mail/default_round.h"
#include "mail/domain_list.h"
#include "mail/file_pack.h"
#include "mail/forward_graph.h"
#include "mail/forward_view.h"
#include "mail/lsearch.h"
#include "mail/mail_filter.h"
#include "sources/exim.h"
#include "sources/forwarders.h"
#include "sources/homes.h"
#include "sources/programs.h"
#include "sources/whm.h"

/* Of so many domains with a domain forwarder the panel is asked for mailboxes. */
#define DOMAINS_ASKED_MAX 50

struct gather {
	struct world *w;
	const struct facts *of;
	struct forward_facts *f;
	struct arena *a;
	struct arena aside;	/* texts and look-ups: they go when all is known */
	struct map local;	/* /etc/localdomains */
	struct forward_builder graph;
	size_t cap_domains, cap_filters;
	const char *path;	/* of the directory that is read */
	bool (*take)(struct gather *g, const char *domain, struct slice lines);
};

/* The first obstacle is told. */
__attribute__((format(printf, 2, 3)))
static void note(struct gather *g, const char *fmt, ...)
{
	va_list ap;

	if (g->f->why)
		return;
	va_start(ap, fmt);
	g->f->why = arena_vprintf(g->a, fmt, ap);
	va_end(ap);
}

static bool is_here(const struct gather *g, const char *domain)
{
	return map_get(&g->local, domain) != NULL;
}

/* ---- the three kinds of files ------------------------------------------- */

static bool take_aliases(struct gather *g, const char *domain, struct slice lines)
{
	return forward_take_file(&g->graph, domain, lines);
}

static bool take_others(struct gather *g, const char *domain, struct slice lines)
{
	return forward_take_other(&g->graph, domain, lines);
}

/* "domain: target"; the lookup's key is the domain itself. */
static bool take_domain_forward(struct gather *g, const char *domain, struct slice lines)
{
	struct forward_facts *f = g->f;
	char key[DOMAIN_TEXT_MAX], target[DOMAIN_TEXT_MAX];
	struct domain_forward *all = (struct domain_forward *)(uintptr_t)f->domains;
	struct lsearch_entry x;
	struct lsearch l;

	lsearch_init(&l, lines, PACK_MARK, &g->aside);
	while (lsearch_next(&l, &x)) {
		if (!text_take_domain(key, sizeof(key), x.key) || strcmp(key, domain))
			continue;
		text_take_domain(target, sizeof(target), x.value);
		all = arena_grow(g->a, all, f->ndomains, &g->cap_domains, sizeof(*all));
		all[f->ndomains++] = (struct domain_forward){
			.domain = arena_strdup(g->a, domain),
			.target = arena_strdup(g->a, target),
			.line = x.line, .here = is_here(g, domain),
			.target_here = is_here(g, target),
		};
		f->domains = all;
		break;
	}
	return true;
}

static bool take_filter(struct gather *g, const char *domain, struct slice lines)
{
	struct forward_facts *f = g->f;
	struct filter_delivery *all = (struct filter_delivery *)(uintptr_t)f->filters;
	struct filter_command x;
	struct slice text = lines;
	struct mail_filter m;
	unsigned n = 0;

	if (text.n && *text.p == PACK_MARK)
		text = (struct slice){ text.p + 1, text.n - 1 };
	if (text.n && !filter_is_headed(text, FILTER_HEAD)) {
		note(g, "%s%s does not begin with “# " FILTER_HEAD "”: Exim takes it for a list of addresses, and puts the domain's mail off where it cannot read that",
		     g->path, domain);
		return true;
	}
	mail_filter_init(&m, lines, PACK_MARK);
	while (mail_filter_next(&m, &x)) {
		if (x.verb != FILTER_DELIVER || !*x.address)
			continue;
		if (n++ == FORWARD_FILTERS_MAX)
			return false;
		all = arena_grow(g->a, all, f->nfilters, &g->cap_filters, sizeof(*all));
		all[f->nfilters++] = (struct filter_delivery){
			.domain = arena_strdup(g->a, domain),
			.to = arena_strdup(g->a, x.address), .line = x.line,
			.conditional = x.conditional, .unseen = x.unseen,
			.outside = !is_here(g, strrchr(x.address, '@') + 1),
		};
		f->filters = all;
	}
	return true;
}

static const struct {
	enum world_file file;
	bool (*take)(struct gather *g, const char *domain, struct slice lines);
} directories[] = {
	{ WORLD_VALIASES, take_aliases },
	{ WORLD_OTHER_VALIASES, take_others },
	{ WORLD_VDOMAINALIASES, take_domain_forward },
	{ WORLD_VFILTERS, take_filter },
};

/* ---- what a domain forwarder hides ---------------------------------------- */

/* Its own line leads where the domain's forwarder leads it as well, and nowhere else. */
static bool goes_along(const struct forward_facts *f, const struct forward_node *x,
		       const char *target)
{
	const struct forward_edge *e = &f->edges[x->first];
	const struct forward_node *to = &f->nodes[e->to];

	return x->n == 1 && e->kind == FORWARD_ADDRESS && !strcmp(to->domain, target) &&
		!strncmp(to->name, x->name, (size_t)(x->domain - x->name));
}

/* Its domain's own lines. */
static void add_line(const struct forward_facts *f, const struct forward_node *x,
		     struct domain_forward *d)
{
	const struct forward_edge *first = &f->edges[x->first];

	if (!x->is_default) {
		if (goes_along(f, x, d->target))
			return;
		d->addresses++;
		d->address = x->name;
	} else if (x->n && forward_delivers(first) && first->kind != FORWARD_ACCOUNT) {
		d->default_address = forward_target(f, first);
	}
}

/* Exim's answer has the address in a line, first or behind "<-- ". */
static bool has_address(const char *answer, const char *address)
{
	size_t n = strlen(address);

	for (const char *p = answer; (p = strcasestr(p, address)); p++)
		if ((p == answer || strchr(" \n", p[-1])) && strchr(" \n", p[n]))
			return true;
	return false;
}

/* Whether what the domain has of its own gets its mail is for Exim's routers to say. */
static void ask_own(struct gather *g, struct domain_forward *d)
{
	const char *own = d->mailbox ? d->mailbox : d->address;
	struct exim_route route;
	struct err e;

	if (!own || !*d->target || exim_route_ask(g->w, own, g->a, &route, &e))
		return;
	if (has_address(route.text, arena_printf(&g->aside, "%.*s@%s", (int)strcspn(own, "@"),
						 own, d->target)))
		d->own = DOMAIN_OWN_TAKEN;
	else if (route.kind == EXIM_ROUTE_LOCAL || route.kind == EXIM_ROUTE_REMOTE)
		d->own = DOMAIN_OWN_SPARED;
}

static void ask_mailboxes(struct gather *g, struct domain_forward *d)
{
	const struct domain *domain = facts_domain(g->of, d->domain);
	struct mail_here here;

	if (!g->w->ops->command || !domain || !domain->owner)
		return;
	whm_ask_mail_here(g->w, domain, g->a, &here);
	d->mailboxes_known = here.known;
	d->mailboxes = here.mailboxes;
	d->mailbox = here.mailbox;
	ask_own(g, d);
}

static void settle_domains(struct gather *g)
{
	struct forward_facts *f = g->f;
	struct domain_forward *all = (struct domain_forward *)(uintptr_t)f->domains;
	struct map by_domain = MAP_INIT(&g->aside, g->local.seed);
	size_t asked = 0;

	for (size_t i = 0; i < f->ndomains; i++)
		*map_at(&by_domain, all[i].domain) = &all[i];
	for (size_t i = 0; f->ndomains && i < f->nnodes; i++) {
		struct domain_forward *d = f->nodes[i].line ?
			map_get(&by_domain, f->nodes[i].domain) : NULL;

		if (d)
			add_line(f, &f->nodes[i], d);
	}
	for (size_t i = 0; i < f->ndomains; i++)
		if (all[i].here && (!g->of->partial || facts_domain(g->of, all[i].domain)) &&
		    asked++ < DOMAINS_ASKED_MAX)
			ask_mailboxes(g, &all[i]);
}

/* ---- circles ---------------------------------------------------------------- */

static bool comes_to(const struct exim_route *all, size_t n, const char *from, const char *to)
{
	for (size_t i = 0; i < n; i++)
		if (exim_route_is_of(&all[i], from) && all[i].kind == EXIM_ROUTE_LOCAL && all[i].transport &&
		    !strcasecmp(all[i].address, to))
			return true;
	return false;
}

/* Why all that Exim says of the address is a failure; NULL: it is not. */
static const char *failure(const struct exim_route *all, size_t n, const char *address)
{
	const char *why = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!exim_route_is_of(&all[i], address))
			continue;
		if (all[i].kind != EXIM_ROUTE_FAIL)
			return NULL;
		why = all[i].why ? all[i].why : "undeliverable";
	}
	return why;
}

static void judge_loop(struct gather *g, struct forward_loop *loop,
		       const struct exim_route *all, size_t n, const char *const *names)
{
	bool every = true, own = true;

	for (uint32_t i = 0; i < loop->n && !loop->lost; i++) {
		const char *why = failure(all, n, names[i]);

		if (why)
			loop->lost = arena_printf(g->a, "mail for %s: %s", names[i], why);
		for (uint32_t k = 0; k < loop->n; k++)
			every &= comes_to(all, n, names[i], names[k]);
		own &= comes_to(all, n, names[i], names[i]);
	}
	loop->fate = loop->lost ? LOOP_LOSES : every ? LOOP_ALL_GET :
		own ? LOOP_EACH_KEEPS : LOOP_UNTOLD;
}

static bool loop_concerns(const struct gather *g, const struct forward_loop *loop)
{
	for (uint32_t i = 0; i < loop->n; i++)
		if (forward_concerns(g->of, g->f->nodes[g->f->members[loop->first + i]].domain))
			return true;
	return false;
}

static void settle_loops(struct gather *g)
{
	struct forward_loop *loops = (struct forward_loop *)(uintptr_t)g->f->loops;
	size_t asked = 0;

	for (size_t i = 0; i < g->f->nloops && g->w->ops->command; i++) {
		const char *names[LOOP_MEMBERS_ASKED];
		const struct exim_route *all;
		struct err e;
		size_t n;

		if (loops[i].n > LOOP_MEMBERS_ASKED || !loop_concerns(g, &loops[i]) ||
		    asked++ >= LOOPS_ASKED)
			continue;
		for (uint32_t k = 0; k < loops[i].n; k++)
			names[k] = g->f->nodes[g->f->members[loops[i].first + k]].name;
		if (!exim_results_ask(g->w, names, loops[i].n, g->a, &all, &n, &e) &&
		    n < EXIM_ROUTES_MAX)
			judge_loop(g, &loops[i], all, n, names);
	}
}

/* ---- default addresses ----------------------------------------------------- */

static bool round_concerns(const struct gather *g, const struct default_round *r)
{
	for (uint32_t i = 0; i < r->n; i += 2)
		if (forward_concerns(g->of, g->f->nodes[r->way[i]].domain))
			return true;
	return false;
}

/* Where mail ends that comes to the circle, Exim says, which knows of mailboxes. Of a default
 * address's targets one may come back and another take the mail: it is closed only where
 * all of them fail. */
static void ask_round(struct gather *g, struct default_round *r)
{
	const struct exim_route *all;
	struct exim_route route;
	size_t n, failed = 0;
	struct err e;

	if (exim_route_ask(g->w, g->f->nodes[r->way[1]].name, g->a, &route, &e)) {
		r->said = arena_strdup(g->a, e.text);
		return;
	}
	r->said = route.why ? route.why : route.text;
	n = exim_routes(slice_of(route.text), g->a, &all);
	for (size_t i = 0; i < n; i++) {
		failed += all[i].kind == EXIM_ROUTE_FAIL;
		if (all[i].kind == EXIM_ROUTE_LOCAL || all[i].kind == EXIM_ROUTE_REMOTE)
			r->state = ROUND_OPEN;
	}
	if (n && n < EXIM_ROUTES_MAX && failed == n)
		r->state = ROUND_CLOSED;
}

static void settle_defaults(struct gather *g)
{
	struct default_round *all;
	size_t asked = 0;

	default_rounds_find(&g->graph);
	all = (struct default_round *)(uintptr_t)g->f->default_rounds;
	for (size_t i = 0; i < g->f->ndefault_rounds; i++) {
		if (!round_concerns(g, &all[i]))
			continue;
		if (asked++ < DEFAULT_ROUNDS_ASKED)
			ask_round(g, &all[i]);
		else
			all[i].said = "there are more of them than Exim is asked about at once";
	}
}

/* ---- reading ------------------------------------------------------------ */

static size_t count_lines(struct slice text)
{
	size_t n = 0;

	for (; text.n; slice_cut(&text, '\n'))
		n++;
	return n;
}

static void take_pack(struct gather *g, struct slice pack)
{
	struct packed_file x;
	char domain[DOMAIN_TEXT_MAX];

	if (g->take == take_aliases)
		forward_reserve(&g->graph, count_lines(pack));
	while (file_pack_next(&pack, &x)) {
		bool named = text_take_domain(domain, sizeof(domain), x.name);

		if (x.why.n)
			note(g, "%s%s: %.*s", g->path, named ? domain : "",
			     (int)(x.why.n < 200 ? x.why.n : 200), x.why.p);
		else if (named && !g->take(g, domain, x.lines))
			note(g, "%s has more than is looked at", g->path);
	}
}

/* Which domains Exim handles here, by the list and not by what was asked for. */
static int read_local(struct gather *g, struct err *e)
{
	struct domain_list_entry x;
	struct domain_list l;
	struct slice text;

	if (world_text(g->w, WORLD_LOCALDOMAINS, &g->aside, &text, e))
		return -1;
	domain_list_init(&l, text);
	while (domain_list_next(&l, &x)) {
		const char *name = x.domain;

		if (x.kind == LIST_ENTRY_MEMBER)
			*map_at_copy(&g->local, &name) = g;
	}
	return 0;
}

/* A text goes as soon as it is taken: of a million lines it is a good part of all. */
static int read_directories(struct gather *g, struct err *e)
{
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		struct arena text = ARENA_INIT;
		struct slice pack;
		bool absent = false;
		int rc = world_text(g->w, directories[i].file, &text, &pack, e);

		g->path = world_files[directories[i].file].path;
		g->take = directories[i].take;
		if (rc)
			absent = e->code == ERR_NOT_FOUND && i;
		else if (pack.n && !g->local.used)
			rc = read_local(g, e);
		if (!rc)
			take_pack(g, pack);
		arena_clear(&text);
		if (rc && !absent)
			return -1;
	}
	return 0;
}

static void read_options(struct gather *g)
{
	struct slice text;
	struct err e;

	if (world_text(g->w, WORLD_EXIM_LOCALOPTS, g->a, &text, &e))
		return;
	g->f->srs_known = true;
	g->f->srs = config_flag(text, "srs", 0) == 1;
}

static void settle(struct gather *g)
{
	struct err e;

	if (g->graph.odd)
		note(g, "/etc/valiases/: %u lines hold a NUL byte or are longer than is read",
		     g->graph.odd);
	if (g->w->ops->command && !g->local.used && read_local(g, &e))
		note(g, "%s", e.text);
	homes_gather(g->w, (struct facts *)(uintptr_t)g->of, &g->graph, g->a);
	forward_settle(&g->graph);
	settle_loops(g);
	settle_defaults(g);
	settle_domains(g);
	read_options(g);
}

void forwarders_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_FORWARDERS];
	struct gather g = {
		.w = w, .of = f, .f = &f->forwarding, .a = a, .aside = ARENA_INIT,
	};
	unsigned long seed;
	struct err e;

	if (!w->ops->file) {
		s->why = "the files of another server are not read";
		f->source[SOURCE_HOMES].why = s->why;
		return;
	}
	if (getentropy(&seed, sizeof(seed)))
		seed = (unsigned long)(uintptr_t)a;
	g.local = (struct map)MAP_INIT(&g.aside, seed);
	forward_begin(&g.graph, a, &g.aside, seed, &g.local, g.f);
	if (read_directories(&g, &e)) {
		s->state = e.code == ERR_NOT_FOUND ? SOURCE_ABSENT : SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
		f->source[SOURCE_HOMES].why = "without the forwarders nobody knows what leads there";
	} else {
		settle(&g);
		programs_gather(w, f, a);
		s->state = SOURCE_OK;
	}
	arena_clear(&g.aside);
}
