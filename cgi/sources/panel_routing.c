#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "sources/panel_parts.h"
#include "sources/whm.h"
#include "sources/whm_reply.h"

#define LISTING "Email::list_mxs"
/* A batch that takes longer than SLOW_MS is too large for this server: it says
 * nothing while it works, and silence ends a call. */
#define QUICK_MS 3000
#define SLOW_MS 8000

/* The domains of one account, which stand together in `sorted`. */
struct account {
	struct domain **first;
	size_t n;
};

struct routing {
	struct panel *p;
	struct domain **sorted;		/* by account, then name */
	struct account *accounts;
	size_t naccounts;
	size_t told;			/* accounts that were answered for */
	size_t room;			/* accounts in the next batch */
	int broken;			/* batches in a row that told nothing */
	struct err why;			/* the last failure */
};

/* ---- one account ------------------------------------------------------ */

/* The side that the panel names, or NULL with why it names none. */
static const char *in_force(struct panel *p, const struct domain_more *d, const char **why)
{
	bool automatic = !strcmp(d->mxcheck, "auto");
	const char *now = d->detected && strcmp(d->detected, "auto") ? d->detected : NULL;

	*why = NULL;
	if (now && !automatic && strcmp(now, d->mxcheck))
		*why = arena_printf(p->a, "cPanel's Email Routing is set to %s, but it says that %s is in force",
				    d->mxcheck, now);
	else if (!now && automatic)
		*why = "cPanel's Email Routing is on Automatically Detect, and it does not say what that decided";
	return *why ? NULL : now ? now : d->mxcheck;
}

static void set_member(struct panel *p, struct domain *d)
{
	static const char *const sides[NLISTS] = {
		[LIST_LOCAL] = "local", [LIST_REMOTE] = "remote",
		[LIST_SECONDARY] = "secondary",
	};
	struct domain_more *more = domain_more_at(d, p->a);
	const char *side = in_force(p, more, &more->untold);

	for (int l = 0; l < NLISTS; l++)
		d->line[l] = side && !strcmp(side, sides[l]) ? LINE_OF_PANEL : 0;
}

static void take_account(struct routing *r, const struct account *x, json_object *part)
{
	struct panel *p = r->p;
	json_object *inner = whm_reply_uapi(part, LISTING, &r->why);
	const char *why;

	if (inner) {
		r->told++;
		whm_take_routing(json_member(inner, "data"), x->first[0]->owner, p->f,
				 p->a);
	}
	why = inner ? NULL : arena_strdup(p->a, r->why.text);
	for (size_t i = 0; i < x->n; i++) {
		struct domain *d = x->first[i];
		struct domain_more *more = domain_more_at(d, p->a);

		d->whm_asked = inner != NULL;
		if (!inner)
			more->untold = why;
		else if (d->whm_listed)
			set_member(p, d);
		else if (more->untold == panel_untold_subdomain)
			more->untold = NULL;
	}
}

static void leave_untold(struct routing *r, size_t from, size_t n)
{
	const char *why = arena_strdup(r->p->a, r->why.text);

	for (size_t i = from; i < from + n; i++)
		for (size_t k = 0; k < r->accounts[i].n; k++)
			domain_more_at(r->accounts[i].first[k], r->p->a)->untold = why;
}

/* ---- batches ---------------------------------------------------------- */

static void batch_form(struct routing *r, size_t from, size_t n)
{
	char query[160];

	panel_form(r->p);
	for (size_t i = from; i < from + n; i++) {
		snprintf(query, sizeof(query), "cpanel.user=%s&cpanel.module=Email&cpanel.function=list_mxs",
			 r->accounts[i].first[0]->owner);
		panel_add_call(r->p, "uapi_cpanel", query);
	}
}

static void adapt(struct routing *r, int64_t ms)
{
	if (ms < QUICK_MS && r->room < PANEL_ACCOUNTS_MAX)
		r->room = r->room * 2 < PANEL_ACCOUNTS_MAX ? r->room * 2 : PANEL_ACCOUNTS_MAX;
	else if (ms > SLOW_MS && r->room > 1)
		r->room /= 2;
}

/* An answer over the limit is asked for in halves; of any other failure all of
 * these accounts stay untold. */
static void ask(struct routing *r, size_t from, size_t n)
{
	int64_t start = io_monotonic_ms();
	json_object *reply, *parts;

	batch_form(r, from, n);
	parts = panel_batch(r->p, &reply, &r->why);
	if (!parts && r->why.code == ERR_LIMIT && n > 1) {
		ask(r, from, n / 2);
		ask(r, from + n / 2, n - n / 2);
		return;
	}
	if (!parts) {
		r->broken++;
		leave_untold(r, from, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		take_account(r, &r->accounts[from + i], json_object_array_get_idx(parts, i));
	r->broken = r->told ? 0 : r->broken + 1;
	json_object_put(reply);
	adapt(r, io_monotonic_ms() - start);
}

/* How many accounts from here on go into one batch. */
static size_t batch_size(const struct routing *r, size_t from)
{
	size_t n = 0, rows = 0;

	while (n < r->room && from + n < r->naccounts) {
		rows += r->accounts[from + n].n;
		if (n && rows > PANEL_ROWS_MAX)
			break;
		n++;
	}
	return n;
}

/* Two batches that broke in a row, or told of nobody before anybody was: the
 * server is not asked further. */
static void ask_all(struct routing *r)
{
	const struct panel_wish *wish = r->p->wish;
	size_t n;

	for (size_t at = 0; at < r->naccounts; at += n) {
		n = batch_size(r, at);
		if (r->broken < 2)
			ask(r, at, n);
		else
			leave_untold(r, at, n);
		if (wish->progress)
			wish->progress(wish->ctx, at + n, r->naccounts);
	}
}

/* ---- the whole -------------------------------------------------------- */

static int by_account(const void *a, const void *b)
{
	const struct domain *x = *(struct domain *const *)a, *y = *(struct domain *const *)b;
	int c = strcmp(x->owner, y->owner);

	return c ? c : strcmp(x->name, y->name);
}

static void find_accounts(struct routing *r)
{
	struct facts *f = r->p->f;
	size_t n = 0;

	r->sorted = arena_zalloc(r->p->a, (f->ndomains + 1) * sizeof(*r->sorted));
	r->accounts = arena_zalloc(r->p->a, (f->ndomains + 1) * sizeof(*r->accounts));
	for (size_t i = 0; i < f->ndomains; i++)
		if (f->domains[i].owner)
			r->sorted[n++] = &f->domains[i];
	qsort(r->sorted, n, sizeof(*r->sorted), by_account);
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(r->sorted[i]->owner, r->sorted[i - 1]->owner))
			r->accounts[r->naccounts++].first = &r->sorted[i];
		r->accounts[r->naccounts - 1].n++;
	}
}

int panel_routing(struct panel *p, struct err *e)
{
	struct routing r = { .p = p, .room = PANEL_ACCOUNTS_FIRST };

	find_accounts(&r);
	ask_all(&r);
	if (!r.naccounts || r.told)
		return 0;
	*e = r.why;
	return -1;
}
