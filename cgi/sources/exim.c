#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mail/exim_daemon.h"
#include "mail/exim_list.h"
#include "mail/exim_ports.h"
#include "mail/frozen_list.h"
#include "sources/exim.h"
#include "sources/log.h"

static int ask(struct world *w, enum world_command c, const char *arg,
	       const char *arg2, struct arena *a, struct slice *out, struct err *e)
{
	char *text;
	size_t n;

	if (w->ops->command(w, c, arg, arg2, a, &text, &n, e))
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
	if (ask(w, WORLD_EXIM_BV, NULL, NULL, a, &bv, &e) ||
	    ask(w, WORLD_EXIM_BP, NULL, NULL, a, &bp, &e)) {
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

struct log_look {
	struct exim_daemon *daemon;
	int64_t (*utc)(int64_t wall);
};

static void take_log(void *ctx, struct slice line)
{
	const struct log_look *l = ctx;

	exim_daemon_log(l->daemon, line, l->utc);
}

/* Without a log it stays untold whether the configuration was read anew. */
static void look_for_begin(struct world *w, struct exim_daemon *d)
{
	static const enum world_file files[] = { WORLD_EXIM_MAINLOG_1, WORLD_EXIM_MAINLOG };
	struct log_look look = {
		d, !strcmp(w->ops->kind, "live") ? log_utc_here : NULL,
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct world_mode ignored;
		struct err e;
		int fd = w->ops->file(w, files[i], &ignored, &e);

		if (fd >= 0)
			log_lines(fd, take_log, &look);
	}
}

void exim_daemon_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_DAEMON];
	struct slice text;
	struct err e;

	if (!w->ops->command) {
		s->why = "Exim is not part of this world";
		return;
	}
	if (ask(w, WORLD_EXIM_DAEMON, NULL, NULL, a, &text, &e)) {
		s->state = e.code == ERR_NOT_FOUND ? SOURCE_ABSENT : SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
		return;
	}
	s->state = SOURCE_OK;
	exim_daemon_read(text, f->exim.config_file, &f->daemon);
	if (exim_daemon_is_older(&f->daemon))
		look_for_begin(w, &f->daemon);
}

void exim_queue_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_QUEUE];
	struct slice text;
	struct err e;

	if (!w->ops->command) {
		s->why = "Exim is not part of this world";
		return;
	}
	if (ask(w, WORLD_FROZEN, NULL, NULL, a, &text, &e)) {
		s->state = e.code == ERR_NOT_FOUND ? SOURCE_ABSENT : SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
		return;
	}
	s->state = SOURCE_OK;
	frozen_list_read(text, a, &f->queue);
}

int exim_route_ask(struct world *w, const char *address, struct arena *a,
		   struct exim_route *out, struct err *e)
{
	struct slice bt;

	if (!w->ops->command)
		return err_set(e, ERR_UNAVAILABLE, "Exim is not part of this world");
	if (ask(w, WORLD_EXIM_BT, address, NULL, a, &bt, e))
		return -1;
	exim_route_parse(bt, a, out);
	return 0;
}

/* As many as go into one question, from the first on; their number. */
static size_t question_of(const char *const *addresses, size_t n, struct arena *a,
			  struct world_question *q)
{
	char more[WORLD_BT_MORE + 1] = "";
	size_t used = 0, i;

	for (i = 1; i < n; i++) {
		size_t len = strlen(addresses[i]);

		if (used + len + 1 >= sizeof(more))
			break;
		used += (size_t)snprintf(more + used, sizeof(more) - used, "%s%s",
					 used ? " " : "", addresses[i]);
	}
	*q = (struct world_question){ WORLD_EXIM_BT, addresses[0],
				      used ? arena_strdup(a, more) : NULL };
	return i;
}

int exim_results_ask(struct world *w, const char *const *addresses, size_t n, struct arena *a,
		     const struct exim_route **out, size_t *nout, struct err *e)
{
	struct world_question q;
	struct slice bt;

	if (!w->ops->command)
		return err_set(e, ERR_UNAVAILABLE, "Exim is not part of this world");
	if (question_of(addresses, n, a, &q) != n)
		return err_set(e, ERR_LIMIT, "these are more than go into one question");
	if (ask(w, WORLD_EXIM_BT, q.arg, q.arg2, a, &bt, e))
		return -1;
	*nout = exim_routes(bt, a, out);
	return 0;
}

/* An address that Exim sends on as it is has one result. One with none at all
 * may be behind those of a neighbour who has made many. */
static void take_route(struct world *w, const struct exim_route *list, size_t n,
		       const char *address, struct arena *a, struct exim_route *out)
{
	struct err e;

	for (size_t i = 0; i < n; i++)
		if (exim_route_is_of(&list[i], address)) {
			*out = list[i];
			return;
		}
	if (exim_route_ask(w, address, a, out, &e))
		memset(out, 0, sizeof(*out));
}

void exim_routes_ask(struct world *w, const char *const *addresses, size_t n,
		     void (*progress)(void *ctx, size_t done, size_t total),
		     void *ctx, struct arena *a, struct exim_route *out)
{
	struct world_question *q = arena_zalloc(a, (n + 1) * sizeof(*q));
	size_t nq = 0, at = 0;
	struct err e;

	if (!w->ops->command) {
		memset(out, 0, n * sizeof(*out));
		return;
	}
	for (size_t i = 0; i < n; nq++)
		i += question_of(addresses + i, n - i, a, &q[nq]);
	world_ahead(w, q, nq, progress, ctx);
	for (size_t i = 0; i < nq; i++) {
		const struct exim_route *list = NULL;
		size_t end = at + question_of(addresses + at, n - at, a, &q[i]), found = 0;
		struct slice bt;

		if (!ask(w, WORLD_EXIM_BT, q[i].arg, q[i].arg2, a, &bt, &e))
			found = exim_routes(bt, a, &list);
		for (; at < end; at++)
			take_route(w, list, found, addresses[at], a, &out[at]);
	}
}
