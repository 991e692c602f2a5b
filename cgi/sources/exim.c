#include "mail/exim_list.h"
#include "mail/exim_ports.h"
#include "sources/exim.h"

static int ask(struct world *w, enum world_command c, const char *arg,
	       struct arena *a, struct slice *out, struct err *e)
{
	char *text;
	size_t n;

	if (w->ops->command(w, c, arg, NULL, a, &text, &n, e))
		return -1;
	*out = (struct slice){ text, n };
	return 0;
}

static void take_lists(struct slice bp, struct exim_facts *x, struct arena *a)
{
	struct exim_reads local, relay;

	x->local_domains = exim_list_definition(bp, "local_domains", a);
	x->relay_domains = exim_list_definition(bp, "relay_domains", a);
	exim_list_reads(bp, "local_domains", &local);
	exim_list_reads(bp, "relay_domains", &relay);
	x->names_host = local.names_host;
	if (local.wild.n)
		x->wild = arena_strndup(a, local.wild.p, local.wild.n);
	for (int i = 0; i < NLISTS; i++) {
		const struct exim_reads *by = i == LIST_SECONDARY ? &relay : &local;

		x->reads[i] = by->reads[i];
		x->loose[i] = by->loose[i];
	}
}

void exim_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_EXIM];
	struct slice bv, bp;
	struct err e;

	if (!w->ops->command) {
		s->why = "Exim is not part of this world";
		return;
	}
	if (ask(w, WORLD_EXIM_BV, NULL, a, &bv, &e) ||
	    ask(w, WORLD_EXIM_BP, NULL, a, &bp, &e)) {
		s->state = SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
		return;
	}
	s->state = SOURCE_OK;
	f->exim.version = exim_version(bv, a);
	f->exim.config_file = exim_config_file(bv, a);
	take_lists(bp, &f->exim, a);
	f->ports.nwanted = exim_ports_read(bp, a, &f->ports.wanted,
					   &f->ports.wanted_why);
}

int exim_route_ask(struct world *w, const char *address, struct arena *a,
		   struct exim_route *out, struct err *e)
{
	struct slice bt;

	if (!w->ops->command)
		return err_set(e, ERR_UNAVAILABLE, "Exim is not part of this world");
	if (ask(w, WORLD_EXIM_BT, address, a, &bt, e))
		return -1;
	exim_route_parse(bt, a, out);
	return 0;
}
