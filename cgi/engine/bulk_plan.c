#include <string.h>

#include "base/map.h"
#include "engine/bulk_plan.h"
#include "engine/preview.h"
#include "sources/exim.h"
#include "sources/whm.h"

struct maker {
	struct world *w;
	struct arena *a;
	struct bulk_plan *out;
	void (*progress)(void *ctx, const struct scan_progress *p);
	void *ctx;
};

static void say(void *ctx, size_t done, size_t total)
{
	const struct maker *m = ctx;
	const struct scan_progress p = { .phase = "panel", .done = done, .total = total };

	if (m->progress)
		m->progress(m->ctx, &p);
}

/* ---- the selection ----------------------------------------------------- */

static int take_rows(struct maker *m, const char *const *findings, size_t n,
		     const char ***domains, struct err *e)
{
	struct map seen = MAP_INIT(m->a, 0);
	size_t ndomains = 0;

	m->out->rows = arena_zalloc(m->a, (n + 1) * sizeof(*m->out->rows));
	*domains = arena_zalloc(m->a, (n + 1) * sizeof(**domains));
	for (size_t i = 0; i < n; i++) {
		struct bulk_row *r = &m->out->rows[m->out->n++];
		void **known;

		r->finding = findings[i];
		if (!preview_split(findings[i], &r->subject) || !text_is_domain(r->subject))
			return err_set(e, ERR_INPUT, "there is no finding '%.100s' with a fix",
				       findings[i]);
		known = map_at(&seen, r->subject);
		if (*known) {
			r->left_out = arena_printf(m->a,
				"%s is in the selection already, by another finding", r->subject);
			continue;
		}
		*known = r;
		(*domains)[ndomains++] = r->subject;
	}
	return 0;
}

static void leave_out(struct maker *m, struct bulk_row *r, const struct err *e)
{
	r->left_out = arena_strdup(m->a, e->text);
	if (e->code == ERR_UNAVAILABLE)
		m->out->whole = false;
}

static void choose(struct maker *m)
{
	struct err e;

	for (size_t i = 0; i < m->out->n; i++) {
		struct bulk_row *r = &m->out->rows[i];

		r->input.facts = &m->out->facts;
		if (r->left_out)
			continue;
		if (preview_choose(&m->out->report, r->finding, &r->input, &r->fix, &e))
			leave_out(m, r, &e);
		else if (!r->fix->bulk)
			r->left_out = arena_printf(m->a, "“%s” is done one by one", r->fix->title);
	}
}

/* ---- what each plan rests on ------------------------------------------- */

static bool is_in(const struct bulk_row *r)
{
	return !r->left_out;
}

/* Where Exim hands the mail of each to now. */
static void take_routes(struct maker *m)
{
	const char **addresses = arena_zalloc(m->a, (m->out->n + 1) * sizeof(*addresses));
	struct exim_route *routes = arena_zalloc(m->a, (m->out->n + 1) * sizeof(*routes));
	size_t n = 0, at = 0;

	for (size_t i = 0; i < m->out->n; i++)
		if (is_in(&m->out->rows[i]))
			addresses[n++] = preview_address(m->out->rows[i].subject, NULL, m->a);
	exim_routes_ask(m->w, addresses, n, say, m, m->a, routes);
	for (size_t i = 0; i < m->out->n; i++)
		if (is_in(&m->out->rows[i])) {
			if (routes[at].kind == EXIM_ROUTE_UNKNOWN)
				m->out->whole = false;
			m->out->rows[i].input.leaves_for = preview_leaves_for(&routes[at++]);
		}
}

/* With what is known so far; a plan that wants a word rests on the mail that
 * lies or arrives here. */
static void plan(struct maker *m, bool (*wants)(const struct bulk_row *r))
{
	struct err e;

	for (size_t i = 0; i < m->out->n; i++) {
		struct bulk_row *r = &m->out->rows[i];

		if (!wants(r))
			continue;
		plan_init(&r->plan, m->a);
		if (r->fix->plan(&r->input, &r->plan, &e))
			leave_out(m, r, &e);
	}
}

static bool wants_a_word(const struct bulk_row *r)
{
	return is_in(r) && r->plan.confirm;
}

static void ask_mailboxes(struct maker *m)
{
	struct world_question *q = arena_zalloc(m->a, (m->out->n + 1) * sizeof(*q));
	size_t n = 0;

	for (size_t i = 0; i < m->out->n; i++) {
		const struct bulk_row *r = &m->out->rows[i];
		const struct domain *d = facts_domain(&m->out->facts, r->subject);

		if (wants_a_word(r))
			q[n++] = (struct world_question){ WORLD_LIST_POPS, d->owner, d->name };
	}
	world_ahead(m->w, q, n, say, m);
}

static void take_mail(struct maker *m)
{
	size_t n = 0, done = 0;

	for (size_t i = 0; i < m->out->n; i++)
		n += wants_a_word(&m->out->rows[i]);
	ask_mailboxes(m);
	for (size_t i = 0; i < m->out->n; i++) {
		struct bulk_row *r = &m->out->rows[i];

		if (!wants_a_word(r))
			continue;
		whm_ask_mail_here(m->w, facts_domain(&m->out->facts, r->subject), m->a,
				  &r->input.here);
		m->out->whole &= r->input.here.known;
		say(m, ++done, n);
	}
}

static void leave_out_the_rest(struct maker *m)
{
	for (size_t i = 0; i < m->out->n; i++) {
		struct bulk_row *r = &m->out->rows[i];

		if (wants_a_word(r))
			r->left_out = "its preview asks for the domain's name, as mail may be lying or arriving here: look at it by itself";
	}
}

int bulk_plan_make(struct world *w, const char *const *findings, size_t n,
		   void (*progress)(void *ctx, const struct scan_progress *p),
		   void *ctx, struct arena *a, struct bulk_plan *out, struct err *e)
{
	struct scan_options o = { .progress = progress, .ctx = ctx };
	struct maker m = { w, a, out, progress, ctx };
	const char **domains;

	memset(out, 0, sizeof(*out));
	out->whole = true;
	if (take_rows(&m, findings, n, &domains, e))
		return -1;
	o.only = domains;
	scan_run(w, &o, a, &out->facts, &out->report);
	choose(&m);
	take_routes(&m);
	plan(&m, is_in);
	take_mail(&m);
	plan(&m, wants_a_word);
	leave_out_the_rest(&m);
	return 0;
}
