#include <stdatomic.h>
#include <string.h>

#include "base/map.h"
#include "base/parallel.h"
#include "core/mute.h"
#include "engine/first_look.h"
#include "engine/history.h"
#include "engine/probe.h"
#include "engine/judge.h"
#include "engine/scan.h"
#include "mail/verdict.h"
#include "sources/addresses.h"
#include "sources/bans.h"
#include "sources/beside.h"
#include "sources/dns.h"
#include "sources/exim.h"
#include "sources/firewall.h"
#include "sources/forwarders.h"
#include "sources/lists.h"
#include "sources/kernel_log.h"
#include "sources/log.h"
#include "sources/outside.h"
#include "sources/panel.h"
#include "sources/ports.h"
#include "sources/relay_lists.h"
#include "sources/settings.h"
#include "sources/whm.h"
#include "sources/zone_count.h"
#include "sources/zones.h"

/* A whole-server scan asks WHM about the routing of this many accounts with a
 * mismatch; beyond them the preview asks. */
#define ACCOUNTS_ASKED_MAX 100
/* One account may be suspended or broken; a panel that fails this often is. */
#define ACCOUNTS_FAILED_MAX 3

static void say(const struct scan_options *o, const char *phase, size_t done,
		size_t total)
{
	const struct scan_progress p = { .phase = phase, .done = done, .total = total };

	if (o->progress)
		o->progress(o->ctx, &p);
}

struct asking {
	const struct scan_options *options;
	struct first_look look;
	size_t told;
};

static void dns_progress(void *ctx, size_t done, size_t total)
{
	struct asking *x = ctx;
	struct arena a = ARENA_INIT;
	struct report r;

	if (done != x->told)
		say(x->options, "dns", done, total);
	x->told = done;
	if (x->options->first_look && first_look(&x->look, &a, &r)) {
		const struct scan_progress p = { "dns", done, total, &r };

		x->options->progress(x->options->ctx, &p);
	}
	arena_clear(&a);
}

static void panel_progress(void *ctx, size_t done, size_t total)
{
	say(ctx, "panel", done, total);
}

static bool mismatched(const struct domain *d)
{
	return routing_is_wrong(d->routing) || d->routing == ROUTING_GATEWAY;
}

/* Whose routing WHM is asked about: of a whole server where it matters. */
static size_t accounts_to_ask(const struct scan_options *o, struct facts *f,
			      struct arena *a, struct world_question **out)
{
	struct map seen = MAP_INIT(a, 0);
	size_t n = 0, cap = 0;

	*out = NULL;
	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain *d = &f->domains[i];
		void **known;

		if (!d->owner || !(o->only || mismatched(d)) ||
		    (!o->only && n == ACCOUNTS_ASKED_MAX))
			continue;
		known = map_at(&seen, d->owner);
		if (*known)
			continue;
		*known = (void *)(uintptr_t)d;
		*out = arena_grow(a, *out, n, &cap, sizeof(**out));
		(*out)[n++] = (struct world_question){ WORLD_LIST_MXS, d->owner, NULL };
	}
	return n;
}

/* What WHM itself says of the routing, for the accounts where it matters. */
static void ask_whm(struct world *w, const struct scan_options *o,
		    struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_WHM];
	struct world_question *q;
	size_t n, failed = 0;
	struct err e;

	if (w->ops->whm)
		return;		/* it has told all there is */
	if (!w->ops->command) {
		s->why = "WHM is not part of this world";
		return;
	}
	s->state = SOURCE_OK;
	n = accounts_to_ask(o, f, a, &q);
	world_ahead(w, q, n, panel_progress, (void *)(uintptr_t)o);
	for (size_t i = 0; i < n && failed < ACCOUNTS_FAILED_MAX; i++)
		if (whm_ask_routing(w, q[i].arg, f, a, &e)) {
			s->state = SOURCE_FAILED;
			s->why = arena_strdup(a, e.text);
			failed++;
		}
}

/* Another server by its panel alone. */
static void gather_panel(struct world *w, const struct scan_options *o,
			 struct facts *f, struct arena *a)
{
	const struct panel_wish wish = {
		.domains = o->domains, .ndomains = o->ndomains, .only = o->only,
		.addresses = o->addresses, .naddresses = o->naddresses,
		.progress = panel_progress, .ctx = (void *)(uintptr_t)o,
	};

	say(o, "panel", 0, 0);
	panel_gather(w, &wish, f, a);
}

struct gathering {
	struct world *w;
	const struct scan_options *o;
	struct facts *f;
	struct arena *a;
	struct asking asking;
	struct dns_wishes wishes;
	struct lists *lists;
	atomic_uint halves;	/* of the lists that were taken */
	struct dns_ready *ready;
};

static struct gathering gathering(struct world *w, const struct scan_options *o,
				  struct facts *f, struct arena *a)
{
	return (struct gathering){
		.w = w, .o = o, .f = f, .a = a, .asking = { .options = o },
		.wishes = {
			/* A recording answers at once, and of another time. */
			.keep = !o->only && strcmp(w->ops->kind, "recording"),
			.fresh = o->fresh, .progress = dns_progress,
		},
	};
}

/* The domains are put together by whoever is last with its half of the lists. */
static void gather_piece(void *ctx, size_t i, unsigned thread)
{
	struct gathering *g = ctx;

	(void)thread;
	if (i == 2) {
		g->ready = dns_get_ready(g->w, g->f, &g->wishes);
		return;
	}
	if (i == 0)
		lists_take_names(g->lists);
	else
		lists_take_owners(g->lists);
	if (atomic_fetch_add(&g->halves, 1))
		lists_put_together(g->lists);
}

/* What is kept of the DNS is read beside the lists. */
static void gather_domains(struct gathering *g)
{
	const struct scan_options *o = g->o;

	say(o, "files", 0, 0);
	addresses_gather(g->w, o->addresses, o->naddresses, g->f, g->a);
	g->lists = lists_read(g->w, o->domains, o->ndomains, o->only, g->f, g->a);
	parallel_run(3, gather_piece, g);
}

static void ask_dns(struct gathering *g)
{
	g->wishes.ctx = &g->asking;
	first_look_begin(&g->asking.look, g->f, g->o->checks);
	say(g->o, "dns", 0, g->f->ndomains);
	dns_gather(g->w, g->f, g->a, &g->wishes, g->ready);
}

/* What is the server's and no domain's. */
static void gather_server(struct world *w, const struct scan_options *o,
			  struct facts *f, struct arena *a)
{
	static const enum source_index of_server[] = {
		SOURCE_DAEMON, SOURCE_RELAY, SOURCE_PORTS, SOURCE_FIREWALL, SOURCE_CSF,
		SOURCE_RESTRICTIONS, SOURCE_BANS, SOURCE_HOLDS, SOURCE_QUEUE,
	};

	if (o->only || w->ops->whm) {
		for (size_t i = 0; i < sizeof(of_server) / sizeof(*of_server); i++)
			f->source[of_server[i]].why = w->ops->whm ?
				"another server's API does not tell of it" :
				"it is looked at when the whole server is";
		return;
	}
	exim_daemon_gather(w, f, a);
	exim_queue_gather(w, f, a);
	relay_lists_gather(w, f, a);
	ports_gather(w, f, a);
	firewall_gather(w, f, a);
	blocking_gather(w, f, a);
	bans_gather(w, f, a);
}

struct judging {
	struct world *w;
	const struct scan_options *o;
	const struct facts *f;
	struct report *r;
	struct history *history;
};

static void judge_piece(void *ctx, size_t i, unsigned thread)
{
	struct judging *x = ctx;

	(void)thread;
	if (i == 0)
		x->history = history_open(x->w, x->o, x->f);
	else
		judge_checks(x->f, x->o->checks, x->r);
}

struct ending {
	const struct scan_options *o;
	const struct facts *f;
	const struct report *r;
	struct history *history;
};

static void end_piece(void *ctx, size_t i, unsigned thread)
{
	struct ending *x = ctx;

	(void)thread;
	if (i == 0)
		history_keep(x->history);
	else
		x->o->told(x->o->to, x->f, x->r);
}

void scan_run(struct world *w, const struct scan_options *o, struct arena *a,
	      struct facts *f, struct report *r)
{
	struct gathering g = gathering(w, o, f, a);
	struct judging judging = { w, o, f, r, NULL };
	struct ending ending = { o, f, r, NULL };

	memset(f, 0, sizeof(*f));
	f->now = w->now;
	f->partial = o->only != NULL;
	settings_gather(w, f, a);
	if (w->ops->whm)
		gather_panel(w, o, f, a);
	else
		gather_domains(&g);
	forwarders_gather(w, f, a);
	say(o, "exim", 0, 0);
	exim_gather(w, f, a);
	gather_server(w, o, f, a);
	if (o->probe)
		outside_gather(w, o->controls, o->ncontrols, f, a);
	ask_dns(&g);
	zone_count(f);
	zones_gather(w, o->only != NULL, f, a);
	settings_mark_gateways(f);
	say(o, "log", 0, 0);
	log_gather(w, o->only ? o->only[0] : NULL, f, a);
	if (!o->only) {
		kernel_log_gather(w, f, a);
		ports_probe_when_due(w, f, a);
	}
	beside_gather(w, f, a);
	say(o, "judge", 0, 0);
	judge_domains(f, a);
	ask_whm(w, o, f, a);
	report_init(r, a);
	judge_pick_notable(f, a);
	parallel_run(2, judge_piece, &judging);
	mutes_apply(f, r);
	if (history_note(judging.history, r, a))
		ending.history = judging.history;
	parallel_run(o->told ? 2 : 1, end_piece, &ending);
}

static const char *const *server_checks(struct arena *a)
{
	const char **ids = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; all_checks[i]; i++) {
		if (!check_is_of_server(all_checks[i]))
			continue;
		ids = arena_grow(a, ids, n, &cap, sizeof(*ids));
		ids[n++] = all_checks[i]->id;
	}
	ids = arena_grow(a, ids, n, &cap, sizeof(*ids));
	ids[n] = NULL;
	return ids;
}

void scan_server(struct world *w, struct arena *a, struct facts *f, struct report *r)
{
	const struct scan_options all = { .ndomains = 0 };

	memset(f, 0, sizeof(*f));
	f->now = w->now;
	settings_gather(w, f, a);
	addresses_gather(w, NULL, 0, f, a);
	lists_gather(w, NULL, 0, NULL, f, a);
	exim_gather(w, f, a);
	gather_server(w, &all, f, a);
	log_gather(w, NULL, f, a);
	kernel_log_gather(w, f, a);
	report_init(r, a);
	checks_run(f, server_checks(a), r);
	mutes_apply(f, r);
}

void scan_address(struct world *w, const struct ip *ip, struct arena *a,
		  struct facts *f, struct address_look *look, struct report *r)
{
	static const char *const only[] = { "ip_blocked", NULL };
	struct facts of_it;

	memset(f, 0, sizeof(*f));
	f->now = w->now;
	f->blocking.asked = ip;
	addresses_gather(w, NULL, 0, f, a);
	ports_listeners(w, f, a);
	firewall_gather(w, f, a);
	blocking_gather(w, f, a);
	bans_gather(w, f, a);
	log_gather(w, NULL, f, a);
	kernel_log_gather(w, f, a);
	address_judge(f, ip, a, look);
	look->nlog = bans_log_lines(w, ip, a, look->log, ADDRESS_LOG_LINES, &look->log_why);
	of_it = *f;
	of_it.own = ip;
	of_it.nown = look->own;
	of_it.blocking.clients = look->client;
	of_it.blocking.nclients = look->client != NULL;
	report_init(r, a);
	checks_run(&of_it, only, r);
}

bool scan_is_blind(const struct facts *f)
{
	return f->source[SOURCE_DOMAINS].state == SOURCE_FAILED ||
		f->source[SOURCE_DNS].state == SOURCE_FAILED ||
		facts_dns_silent(f);
}
