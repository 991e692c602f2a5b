#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mail/file_pack.h"
#include "mail/home_file.h"
#include "mail/key_value.h"
#include "sources/homes.h"

#define FAILED_MAX 5	/* homes without an answer, then none is asked any more */
#define HOME_RULES_ONE 1000	/* of one file */

struct gather {
	struct world *w;
	struct facts *f;
	struct forward_builder *b;
	struct arena *a;
	const char *account;
	struct map owners;	/* where not all domains are judged: of those asked */
	struct home_rule *rules;
	uint32_t *own;
	size_t cap, cap_own;
};

/* The first obstacle is told. */
__attribute__((format(printf, 2, 3)))
static void note(struct gather *g, const char *fmt, ...)
{
	va_list ap;

	if (g->f->forwarding.homes_why)
		return;
	va_start(ap, fmt);
	g->f->forwarding.homes_why = arena_vprintf(g->a, fmt, ap);
	va_end(ap);
}

/* ---- one file ----------------------------------------------------------- */

static struct slice without_marks(struct slice lines, struct arena *a)
{
	char *text = arena_zalloc(a, lines.n + 1);
	size_t n = 0;

	while (lines.n) {
		struct slice line = slice_cut(&lines, '\n');

		if (line.n > 1)
			memcpy(text + n, line.p + 1, line.n - 1);
		n += line.n ? line.n - 1 : 0;
		text[n++] = '\n';
	}
	return (struct slice){ text, n };
}

static bool is_own(const struct gather *g, const char *domain)
{
	const struct domain *d = facts_domain(g->f, domain);
	const char *owner = d ? d->owner : map_get(&g->owners, domain);

	return owner && !strcmp(owner, g->account) && map_get(g->b->local, domain);
}

/* "etc/DOMAIN/LOCAL/…" and "mail/DOMAIN/LOCAL/…" are of a mailbox of the account's. */
static bool of_mailbox(const struct gather *g, struct slice name, char out[ADDRESS_TEXT_MAX])
{
	struct slice top = slice_cut(&name, '/'), domain = slice_cut(&name, '/'),
		     local = slice_cut(&name, '/');
	char address[ADDRESS_TEXT_MAX];

	if (!name.n || !(slice_eq(top, "etc") || slice_eq(top, "mail")) ||
	    local.n + domain.n + 2 > sizeof(address))
		return false;
	memcpy(address, local.p, local.n);
	address[local.n] = '@';
	memcpy(address + local.n + 1, domain.p, domain.n);
	if (!redirect_address(out, (struct slice){ address, local.n + 1 + domain.n }))
		return false;
	return is_own(g, strrchr(out, '@') + 1);
}

/* Whose mail the file acts on; false: nobody's that is judged. */
static bool whose(struct gather *g, struct slice name, uint32_t *node)
{
	char address[ADDRESS_TEXT_MAX];
	struct forward_facts *f = &g->f->forwarding;

	if (of_mailbox(g, name, address)) {
		*node = forward_node(g->b, address);
		return true;
	}
	if (!slice_eq(name, ".forward") && !slice_eq(name, "etc/filter"))
		return false;
	*node = forward_node(g->b, arena_printf(g->a, "%s@%s", g->account,
		g->f->hostname ? g->f->hostname : "localhost"));
	if (!f->nown || g->own[f->nown - 1] != *node) {
		g->own = arena_grow(g->a, g->own, f->nown, &g->cap_own, sizeof(*g->own));
		g->own[f->nown++] = *node;
	}
	return true;
}

static void add_rule(struct gather *g, const struct home_command *x, const char *file,
		     uint32_t node, bool anew)
{
	struct forward_facts *f = &g->f->forwarding;

	g->rules = arena_grow(g->a, g->rules, f->nrules, &g->cap, sizeof(*g->rules));
	g->rules[f->nrules++] = (struct home_rule){
		.from = node, .line = x->line, .file = file,
		.edge = forward_edge_to(g->b, x->kind, x->address, x->text),
		.conditional = x->conditional, .copy = x->copy, .answers = x->answers,
		.anew = anew,
	};
}

/* A script that keeps the message, or files it, sends copies. */
static bool is_kept(const struct home_file *h, const struct home_command *x)
{
	return h->language == HOME_SIEVE && x->kind == FORWARD_FILE;
}

static void take_commands(struct gather *g, struct home_file *h, const char *file,
			  uint32_t node)
{
	struct forward_facts *f = &g->f->forwarding;
	size_t first = f->nrules, n = 0;
	bool kept = false, anew = h->language == HOME_SIEVE;
	struct home_command x;

	while (home_file_next(h, &x)) {
		kept |= is_kept(h, &x);
		if (is_kept(h, &x) && !x.text.n)
			continue;
		if (++n > HOME_RULES_ONE || f->nrules == HOME_RULES_MAX) {
			note(g, "%s has more than is looked at", file);
			break;
		}
		add_rule(g, &x, file, node, anew);
	}
	for (size_t i = first; kept && i < f->nrules; i++)
		g->rules[i].copy |= g->rules[i].edge.kind == FORWARD_ADDRESS;
}

static const char *shown(struct gather *g, struct slice name)
{
	char text[600];

	return arena_printf(g->a, "~%s/%s", g->account,
		text_printable(text, sizeof(text), arena_strndup(g->a, name.p,
			name.n < 500 ? name.n : 500)));
}

static void take_pack(struct gather *g, struct slice pack)
{
	struct packed_file x;

	while (file_pack_next(&pack, &x)) {
		char name[256];
		struct home_file h;
		uint32_t node;

		if (x.why.n) {
			note(g, "%s: %.*s", shown(g, x.name),
			     (int)(x.why.n < 200 ? x.why.n : 200), x.why.p);
			continue;
		}
		if (x.name.n >= sizeof(name) || !whose(g, x.name, &node))
			continue;
		memcpy(name, x.name.p, x.name.n);
		name[x.name.n] = '\0';
		home_file_init(&h, name, without_marks(x.lines, g->b->aside));
		take_commands(g, &h, shown(g, x.name), node);
	}
}

/* ---- whom to ask -------------------------------------------------------- */

/* All whose domains are judged and delivered here, in the order of their domains. */
static size_t accounts(struct gather *g, struct world_question q[HOMES_MAX])
{
	struct map seen = MAP_INIT(g->b->aside, g->b->by_name.seed);
	size_t n = 0;

	for (size_t i = 0; i < g->f->ndomains; i++) {
		const struct domain *d = &g->f->domains[i];
		void **known;

		if (!d->owner || !d->line[LIST_LOCAL])
			continue;
		known = map_at(&seen, d->owner);
		if (*known)
			continue;
		*known = g;
		if (n == HOMES_MAX) {
			note(g, "the homes of %d accounts are looked at, and this server has more",
			     HOMES_MAX);
			break;
		}
		q[n++] = (struct world_question){ WORLD_HOME_MAIL, d->owner, NULL };
	}
	return n;
}

/* An account's other domains are read of as well where one alone is judged. */
static void read_owners(struct gather *g, const struct world_question *q, size_t n)
{
	struct key_value_pair x;
	struct key_value k;
	struct slice text;
	struct err e;

	if (!g->f->partial || world_text(g->w, WORLD_USERDOMAINS, g->b->aside, &text, &e))
		return;
	key_value_init(&k, text);
	while (key_value_next(&k, &x))
		for (size_t i = 0; i < n; i++)
			if (slice_eq(x.value, q[i].arg)) {
				const char *domain = x.key;

				*map_at_copy(&g->owners, &domain) = (void *)(uintptr_t)q[i].arg;
			}
}

static int ask(struct gather *g, struct err *e)
{
	struct slice pack;
	char *text;

	if (g->w->ops->command(g->w, WORLD_HOME_MAIL, g->account, NULL, g->b->aside, &text,
			       &pack.n, e))
		return -1;
	pack.p = text;
	take_pack(g, pack);
	return 0;
}

static int by_from(const void *a, const void *b)
{
	const struct home_rule *x = a, *y = b;
	int files;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	files = strcmp(x->file, y->file);
	return files ? files : (x->line > y->line) - (x->line < y->line);
}

static void ask_all(struct gather *g, struct source_status *s)
{
	struct world_question *q = arena_zalloc(g->b->aside, HOMES_MAX * sizeof(*q));
	size_t n = accounts(g, q), failed = 0;
	struct err e;

	read_owners(g, q, n);
	world_ahead(g->w, q, n, NULL, NULL);
	for (size_t i = 0; i < n && failed < FAILED_MAX; i++) {
		g->account = q[i].arg;
		if (!ask(g, &e))
			continue;
		if (e.code == ERR_NOT_FOUND && !i) {	/* a recording older than this */
			s->state = SOURCE_ABSENT;
			s->why = arena_strdup(g->a, e.text);
			return;
		}
		failed++;
		note(g, "the home of %s: %s", g->account, e.text);
	}
	s->state = failed && failed == (n < FAILED_MAX ? n : FAILED_MAX) ? SOURCE_FAILED : SOURCE_OK;
	s->why = s->state == SOURCE_FAILED ? g->f->forwarding.homes_why : NULL;
}

void homes_gather(struct world *w, struct facts *f, struct forward_builder *b,
		  struct arena *a)
{
	struct gather g = {
		.w = w, .f = f, .b = b, .a = a, .owners = MAP_INIT(b->aside, b->by_name.seed),
	};
	struct source_status *s = &f->source[SOURCE_HOMES];

	if (!w->ops->command) {
		s->why = "homes are looked at by their accounts, on the server itself";
		return;
	}
	ask_all(&g, s);
	if (f->forwarding.nrules)
		qsort(g.rules, f->forwarding.nrules, sizeof(*g.rules), by_from);
	f->forwarding.rules = g.rules;
	f->forwarding.own = g.own;
}
