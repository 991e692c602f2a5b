#include <stdlib.h>
#include <string.h>

#include "mail/relay_list.h"
#include "sources/relay.h"
#include "sources/relay_lists.h"

/* relayhosts also has those who have just logged in by POP, one by one. */
static const enum world_file files[] = {
	WORLD_RELAYHOSTS, WORLD_ALWAYSRELAY, WORLD_TRUSTED_HOSTS, WORLD_UNCHECKED_HOSTS,
	WORLD_BACKUP_HOSTS,
};

/* Lists that a person keeps, for this and nothing else. Generated are relayhosts and
 * recent_authed_mail_ips; the others spare a host more than the login. */
static const enum world_file kept[] = { WORLD_TRUSTED_HOSTS, WORLD_ALWAYSRELAY };

static int by_width(const void *a, const void *b)
{
	const struct relay_net *x = a, *y = b;
	int path = strcmp(x->path, y->path);

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return path ? path : x->line < y->line ? -1 : x->line > y->line;
}

typedef void take_fn(struct slice text, const char *path, struct arena *a,
		     struct relay_facts *out, size_t *cap);

static int read_files(struct world *w, const enum world_file *which, size_t n, take_fn *take,
		      struct relay_facts *r, size_t *cap, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct slice text;

		if (!world_text(w, which[i], a, &text, e))
			take(text, world_files[which[i]].path, a, r, cap);
		else if (e->code != ERR_NOT_FOUND)
			return -1;
	}
	return 0;
}

/* However many single addresses there are, the networks come first. */
static int read_lists(struct world *w, struct facts *f, struct arena *a, struct err *e)
{
	size_t cap = 0;

	if (read_files(w, files, sizeof(files) / sizeof(*files), relay_list_wide,
		       &f->relay, &cap, a, e) ||
	    read_files(w, kept, sizeof(kept) / sizeof(*kept), relay_list_singles,
		       &f->relay, &cap, a, e))
		return -1;
	if (f->relay.n)
		qsort(f->relay.nets, f->relay.n, sizeof(*f->relay.nets), by_width);
	return 0;
}

/* Which list a grant is by: of two that have the address Exim names one. */
static void judge(struct relay_net *x, const struct bh_answer *got, struct arena *a)
{
	const struct bh_decision *d = &got->decision;
	struct slice by = d->matched ? bh_item_file(d->matched) : slice_of(NULL);

	x->proof = RELAY_REFUSES;
	if (!bh_accepts(got))
		return;
	if (d->by == BH_BY_UNKNOWN) {
		x->proof = RELAY_UNTOLD;
		x->why = arena_strdup(a, "Exim would relay, and its trace does not tell by which list");
	} else if (by.p && slice_eq(by, x->path)) {
		x->proof = RELAY_GRANTS;
		x->acl_file = d->file;
		x->acl_line = d->line;
	}
}

static int ask_about(struct world *w, const struct ip *client, struct arena *a,
		     struct relay_answer *got, struct err *e)
{
	static const char *const to[] = { RELAY_SOMEBODY };
	const struct relay_wish wish = {
		.client = *client, .port = 25, .sender = "", .recipients = to, .n = 1,
	};

	return relay_ask_file(w, &wish, a, got, e);
}

static void ask(struct world *w, struct relay_net *x, struct arena *a)
{
	struct relay_answer got;
	struct err e;

	x->tried = relay_address_in(x);
	if (!ask_about(w, &x->tried, a, &got, &e)) {
		judge(x, &got.session.answer[0], a);
		return;
	}
	x->proof = RELAY_UNTOLD;
	x->why = arena_strdup(a, e.text);
}

/* Exim was seen to relay by another line of the same file: so it does by this. */
static bool is_shown(const struct relay_facts *r, struct relay_net *x)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct relay_net *like = &r->nets[i];

		if (like->proof != RELAY_GRANTS || strcmp(like->path, x->path) != 0)
			continue;
		x->proof = RELAY_GRANTS;
		x->acl_file = like->acl_file;
		x->acl_line = like->acl_line;
		return true;
	}
	return false;
}

/* Of each file one is enough. */
static void prove_singles(struct world *w, struct relay_facts *r, struct arena *a)
{
	const char *asked[sizeof(kept) / sizeof(*kept)];
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct relay_net *x = &r->nets[i];
		size_t at = 0;

		if (!relay_is_single(x) || is_shown(r, x))
			continue;
		while (at < n && strcmp(asked[at], x->path) != 0)
			at++;
		if (at < n) {
			x->why = "another address of the file was asked about";
			continue;
		}
		asked[n++] = x->path;
		ask(w, x, a);
	}
}

static void prove(struct world *w, struct relay_facts *r, struct arena *a)
{
	size_t sessions = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct relay_net *x = &r->nets[i];

		if (relay_is_single(x) || is_shown(r, x))
			continue;
		if (sessions++ < RELAY_SESSIONS_MAX) {
			ask(w, x, a);
		} else {
			x->why = "too many networks to ask Exim about each";
		}
	}
}

void relay_lists_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_RELAY];
	struct err e;

	if (!w->ops->command || !w->ops->addresses) {
		s->why = "Exim is not part of this world";
		return;
	}
	s->state = SOURCE_OK;
	if (read_lists(w, f, a, &e)) {
		s->state = SOURCE_FAILED;
		s->why = arena_strdup(a, e.text);
		return;
	}
	prove(w, &f->relay, a);
	prove_singles(w, &f->relay, a);
}

/* ---- one address ---------------------------------------------------------- */

static void choose_list(const struct bh_session *s, struct relay_trust *t)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		for (size_t j = 0; j < s->nlists; j++) {
			const char *item = s->list[j].item;
			const char *path = world_files[kept[i]].path;

			if (!s->list[j].by_accept || t->path || !slice_eq(bh_item_file(item), path))
				continue;
			t->path = path;
			t->lookup = strstr(item, "iplsearch;") != NULL;
		}
}

void relay_trust_ask(struct world *w, struct relay_trust *t, struct arena *a)
{
	struct relay_answer got;
	const struct bh_answer *x = &got.session.answer[0];
	struct err e;

	if (ask_about(w, &t->ip, a, &got, &e)) {
		t->why = arena_strdup(a, e.text);
		return;
	}
	t->accepted = bh_accepts(x);
	t->reply = arena_printf(a, "%u %s", x->code, x->text);
	choose_list(&got.session, t);
}
