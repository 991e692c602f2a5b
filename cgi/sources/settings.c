#include <libpsl.h>
#include <string.h>

#include "base/map.h"
#include "core/fix.h"
#include "mail/settings.h"
#include "sources/settings.h"

#define FAULTS_TOLD 5

struct gather {
	struct facts *f;
	struct arena *a;
	const psl_ctx_t *suffixes;
	size_t cap_declared, cap_gateways, cap_one_call, cap_mutes;
	size_t faults;
	const char *told;	/* "line 3: there is no such setting; line 5: …" */
};

static void fault(struct gather *g, unsigned line, const char *why)
{
	if (++g->faults > FAULTS_TOLD)
		return;
	g->told = arena_printf(g->a, "%s%sline %u: %s", g->told ? g->told : "",
			       g->told ? "; " : "", line, why);
}

static void add_address(struct gather *g, const struct ip *ip)
{
	struct facts *f = g->f;

	f->declared = arena_grow(g->a, f->declared, f->ndeclared, &g->cap_declared,
				 sizeof(*f->declared));
	f->declared[f->ndeclared++] = *ip;
}

static void add_gateway(struct gather *g, const struct setting *x)
{
	struct facts *f = g->f;
	struct gateway *new;

	f->gateways = arena_grow(g->a, f->gateways, f->ngateways, &g->cap_gateways,
				 sizeof(*f->gateways));
	new = &f->gateways[f->ngateways++];
	new->suffix = arena_strdup(g->a, x->suffix);
	new->title = x->title.n ? arena_strndup(g->a, x->title.p, x->title.n) : new->suffix;
}

/* Whose preview nobody has to have seen. */
static void add_one_call(struct gather *g, const struct setting *x)
{
	const struct fix *fix = fix_find(arena_strndup(g->a, x->word.p, x->word.n));
	struct facts *f = g->f;

	if (!fix || !fix->safe) {
		fault(g, x->line, fix ? "this fix always wants a look at its preview" :
		      "there is no such fix");
		return;
	}
	for (size_t i = 0; i < f->none_call; i++)
		if (f->one_call[i] == fix->id)
			return;
	f->one_call = arena_grow(g->a, f->one_call, f->none_call, &g->cap_one_call,
				 sizeof(*f->one_call));
	f->one_call[f->none_call++] = fix->id;
}

static const char *kept(struct gather *g, struct slice s)
{
	return arena_strndup(g->a, s.p, s.n);
}

static void add_mute(struct gather *g, const struct setting *x)
{
	struct facts *f = g->f;

	if (f->nmutes == SETTINGS_MAX) {
		fault(g, x->line, "there are too many of these");
		return;
	}
	f->mutes = arena_grow(g->a, f->mutes, f->nmutes, &g->cap_mutes, sizeof(*f->mutes));
	f->mutes[f->nmutes++] = (struct mute){
		.finding = kept(g, x->finding), .by = kept(g, x->by),
		.mark = kept(g, x->mark), .reason = kept(g, x->reason), .until = x->until,
	};
}

static void add_probe_to(struct gather *g, const struct setting *x)
{
	if (g->f->nprobe_to == PROBE_TO_MAX)
		fault(g, x->line, "a probe is made to four hosts at most");
	else
		g->f->probe_to[g->f->nprobe_to++] = x->ip;
}

static void take(struct gather *g, const struct setting *x)
{
	const struct facts *f = g->f;

	if (x->kind == SETTING_FAULT)
		fault(g, x->line, x->why);
	else if (x->kind == SETTING_EVERY)
		g->f->scan_every = x->seconds;
	else if (x->kind == SETTING_ON_CHANGE)
		g->f->scan_on_change = x->seconds;
	else if (x->kind == SETTING_PROBE_EVERY)
		g->f->probe_every = x->seconds;
	else if (x->kind == SETTING_API_RATE)
		g->f->api_rate = x->number;
	else if (x->kind == SETTING_ONE_CALL)
		add_one_call(g, x);
	else if (x->kind == SETTING_PROBE_TO)
		add_probe_to(g, x);
	else if (x->kind == SETTING_MUTE)
		add_mute(g, x);
	else if ((x->kind == SETTING_ADDRESS ? f->ndeclared : f->ngateways) == SETTINGS_MAX)
		fault(g, x->line, "there are too many of these");
	else if (x->kind == SETTING_ADDRESS)
		add_address(g, &x->ip);
	else if (g->suffixes && psl_is_public_suffix(g->suffixes, x->suffix))
		fault(g, x->line, "this takes in the domains of unrelated owners");
	else
		add_gateway(g, x);
}

static void read_all(struct gather *g, struct slice text)
{
	psl_ctx_t *latest = psl_latest(NULL);
	struct settings s;
	struct setting x;

	g->suffixes = latest ? latest : psl_builtin();
	settings_init(&s, text);
	while (settings_next(&s, &x))
		take(g, &x);
	psl_free(latest);
}

void settings_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *status = &f->source[SOURCE_SETTINGS];
	struct gather g = { .f = f, .a = a };
	struct slice text;
	struct err e;

	if (!w->ops->file) {
		status->why = "there are no settings for another server";
		return;
	}
	f->scan_every = SCAN_EVERY;
	f->scan_on_change = SCAN_ON_CHANGE;
	status->state = SOURCE_OK;
	if (!world_text(w, WORLD_SETTINGS, a, &text, &e))
		read_all(&g, text);
	else if (e.code != ERR_NOT_FOUND)
		*status = (struct source_status){ SOURCE_FAILED, arena_strdup(a, e.text) };
	if (!g.faults)
		return;
	status->state = SOURCE_FAILED;
	status->why = arena_printf(a, "%zu line%s of %s passed over: %s%s", g.faults,
		g.faults == 1 ? "" : "s", world_files[WORLD_SETTINGS].path, g.told,
		g.faults > FAULTS_TOLD ? "; …" : "");
}

/* The gateway that the host name ends in, at a label boundary; the longest. */
static const struct gateway *gateway_of(const struct map *by_suffix, const char *host)
{
	while (host) {
		const struct gateway *found = map_get(by_suffix, host);

		if (found)
			return found;
		host = strchr(host, '.');
		host += host != NULL;
	}
	return NULL;
}

void settings_mark_gateways(struct facts *f)
{
	struct arena a = ARENA_INIT;
	struct map by_suffix = MAP_INIT(&a, 0);

	for (size_t i = 0; i < f->ngateways; i++)
		*map_at(&by_suffix, f->gateways[i].suffix) = &f->gateways[i];
	for (size_t i = 0; i < f->ndomains && f->ngateways; i++)
		for (size_t j = 0; j < f->domains[i].nmx; j++) {
			struct mx_host *h = f->domains[i].mx[j].host;
			const struct gateway *g = h->ours ? NULL : gateway_of(&by_suffix, h->name);

			if (!g)
				continue;
			h->kind = PROVIDER_GATEWAY;
			h->provider_title = g->title;
		}
	arena_clear(&a);
}
