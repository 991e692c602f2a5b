#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/map.h"
#include "mail/domain_list.h"
#include "mail/key_value.h"
#include "sources/lists.h"

/* Exim opens its lists as mailnull:mail while it takes mail in. */
#define EXIM_UID 47

struct gather {
	struct facts *f;
	struct arena *a;
	const char *const *only;	/* or NULL */
	struct map wanted;	/* those of only */
	struct map index;	/* name → place in list, plus one */
	struct domain *list;
	size_t n, cap;
	size_t cap_faults;
};

static bool is_wanted(const struct gather *g, const char *name)
{
	return !g->only || map_get(&g->wanted, name);
}

static struct domain *domain_at(struct gather *g, const char *name)
{
	void **at;

	if (!is_wanted(g, name))
		return NULL;
	at = map_at_copy(&g->index, &name);
	if (!*at) {
		g->list = arena_grow(g->a, g->list, g->n, &g->cap, sizeof(*g->list));
		g->list[g->n].name = name;
		*at = (void *)(uintptr_t)++g->n;
	}
	return &g->list[(uintptr_t)*at - 1];
}

static void add_fault(struct gather *g, enum list_id which,
		      const struct domain_list_entry *x)
{
	struct facts *f = g->f;
	char text[240], raw[120];
	size_t n = x->text.n < sizeof(raw) - 1 ? x->text.n : sizeof(raw) - 1;

	memcpy(raw, x->text.p, n);
	raw[n] = '\0';
	f->faults = arena_grow(g->a, f->faults, f->nfaults, &g->cap_faults,
			       sizeof(*f->faults));
	f->faults[f->nfaults++] = (struct line_fault){
		.list = which, .line = x->line, .why = x->why,
		.text = arena_strdup(g->a, text_printable(text, sizeof(text), raw)),
	};
}

static void take_entry(struct gather *g, enum list_id which,
		       const struct domain_list_entry *x)
{
	bool member = x->kind == LIST_ENTRY_MEMBER;
	struct domain *d;

	if (!member && is_wanted(g, x->domain))
		add_fault(g, which, x);
	if (!text_is_domain(x->domain))
		return;
	d = domain_at(g, x->domain);
	if (d && member && !d->line[which])
		d->line[which] = x->line;
	if (d && !member && !d->bad_line[which]) {
		d->bad_line[which] = x->line;
		d->bad_why[which] = x->why;
	}
}

/* Can Exim's user read what root can? */
static int check_mode(const struct world_mode *m, const char *path, struct err *e)
{
	if (m->mode & (S_IROTH | S_IRGRP) ||
	    (m->uid == EXIM_UID && m->mode & S_IRUSR))
		return 0;
	return err_set(e, ERR_UNAVAILABLE,
		       "%s has mode %04o and owner %u: Exim's own user cannot read it",
		       path, m->mode, m->uid);
}

static int read_file(struct world *w, enum world_file f, struct gather *g,
		     struct slice *text, struct err *e)
{
	const struct world_file_row *row = &world_files[f];
	struct world_mode mode;
	int fd = w->ops->file(w, f, &mode, e), rc;
	char *p;

	if (fd < 0)
		return -1;
	rc = check_mode(&mode, row->path, e);
	if (!rc)
		rc = io_read_all(fd, row->max_size, g->a, &p, &text->n, row->path, e);
	close(fd);
	if (!rc)
		text->p = p;
	return rc;
}

/* ---- the three lists -------------------------------------------------- */

/* The text of a list; empty when it is not there or cannot be read. */
static struct slice load_list(struct world *w, enum list_id which, struct gather *g)
{
	static const enum world_file files[NLISTS] = {
		[LIST_LOCAL] = WORLD_LOCALDOMAINS,
		[LIST_REMOTE] = WORLD_REMOTEDOMAINS,
		[LIST_SECONDARY] = WORLD_SECONDARYMX,
	};
	struct file_fact *file = &g->f->list[which];
	struct slice text = { NULL, 0 };
	struct err e;

	file->path = list_path(which);
	file->state = SOURCE_OK;
	if (read_file(w, files[which], g, &text, &e) &&
	    (e.code != ERR_NOT_FOUND || which == LIST_LOCAL)) {
		file->state = SOURCE_FAILED;
		file->why = arena_strdup(g->a, e.text);
	}
	return text;
}

static void take_list(struct gather *g, enum list_id which, struct slice text)
{
	struct domain_list_entry x;
	struct domain_list l;

	domain_list_init(&l, text);
	while (domain_list_next(&l, &x))
		take_entry(g, which, &x);
	g->f->list[which].lines = domain_list_lines(&l);
}

/* ---- whose they are --------------------------------------------------- */

static void take_owner(struct gather *g, const struct key_value_pair *x)
{
	struct domain *d;
	char owner[40];

	if (!text_is_domain(x->key) || !x->value.n || x->value.n >= sizeof(owner))
		return;
	memcpy(owner, x->value.p, x->value.n);
	owner[x->value.n] = '\0';
	d = domain_at(g, x->key);
	/* Of two lines the first counts, as in Exim's lookup and the helper's. */
	if (!d || d->owner || d->of_nobody)
		return;
	if (!strcmp(owner, "nobody"))
		d->of_nobody = true;
	else if (text_is_account(owner))
		d->owner = arena_strdup(g->a, owner);
}

static struct slice load_userdomains(struct world *w, struct gather *g)
{
	struct source_status *s = &g->f->source[SOURCE_OWNERS];
	struct file_fact *file = &g->f->userdomains;
	struct slice text = { NULL, 0 };
	struct err e;

	file->path = world_files[WORLD_USERDOMAINS].path;
	file->state = s->state = SOURCE_OK;
	if (world_text(w, WORLD_USERDOMAINS, g->a, &text, &e)) {
		file->state = s->state = SOURCE_FAILED;
		file->why = s->why = arena_strdup(g->a, e.text);
	}
	return text;
}

static void take_userdomains(struct gather *g, struct slice text)
{
	struct key_value_pair x;
	struct key_value k;

	key_value_init(&k, text);
	while (key_value_next(&k, &x)) {
		g->f->userdomains.lines = x.line;
		take_owner(g, &x);
	}
}

static void read_resellers(struct world *w, struct gather *g)
{
	struct map owners = MAP_INIT(g->a, g->index.seed);
	struct key_value_pair x;
	struct key_value k;
	struct slice text;
	struct err e;

	/* Without the file no reseller owns anything: nothing is shown to one. */
	if (world_text(w, WORLD_TRUEUSEROWNERS, g->a, &text, &e))
		return;
	key_value_init(&k, text);
	while (key_value_next(&k, &x))
		*map_at(&owners, arena_strdup(g->a, x.key)) =
			arena_strndup(g->a, x.value.p, x.value.n);
	g->f->accounts_known = owners.used > 0;
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].owner)
			g->list[i].reseller = map_get(&owners, g->list[i].owner);
}

/* ----------------------------------------------------------------------- */

/* A domain's name as far as it decides most comparisons, and where it stands. */
struct key {
	uint64_t start;
	const char *name;
	size_t from;
};

static struct key key_of(const struct domain *d, size_t from)
{
	const unsigned char *p = (const unsigned char *)d->name;
	struct key k = { 0, d->name, from };

	for (int i = 0; i < 8; i++) {
		k.start = k.start << 8 | *p;
		p += *p != '\0';
	}
	return k;
}

static int by_name(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Each domain is moved once, along the circles of the permutation. */
static void rearrange(struct domain *list, struct key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct domain first = list[i];
		size_t at = i, from;

		while ((from = keys[at].from) != i) {
			list[at] = list[from];
			keys[at].from = at;
			at = from;
		}
		list[at] = first;
		keys[at].from = at;
	}
}

static void sort_by_name(struct gather *g)
{
	struct key *keys = malloc((g->n + 1) * sizeof(*keys));

	if (!keys)
		abort();
	for (size_t i = 0; i < g->n; i++)
		keys[i] = key_of(&g->list[i], i);
	qsort(keys, g->n, sizeof(*keys), by_name);
	rearrange(g->list, keys, g->n);
	free(keys);
}

static size_t count_lines(struct slice text)
{
	struct slice line;
	size_t n = 0;

	while (slice_line(&text, &line))
		n++;
	return n;
}

/* Room for every domain at once: most stand in userdomains and in one list. */
static void reserve(struct gather *g, const struct slice lists[NLISTS],
		    struct slice owners)
{
	size_t listed = 0, owned = count_lines(owners);

	if (g->only)
		return;
	for (int i = 0; i < NLISTS; i++)
		listed += count_lines(lists[i]);
	g->cap = (listed > owned ? listed : owned) + 16;
	g->list = arena_zalloc(g->a, g->cap * sizeof(*g->list));
	map_reserve(&g->index, g->cap);
}

static void set_state(struct facts *f)
{
	struct source_status *s = &f->source[SOURCE_DOMAINS];

	f->source[SOURCE_FILES].state = SOURCE_OK;
	s->state = SOURCE_OK;
	for (int i = 0; i < NLISTS; i++)
		if (f->list[i].state == SOURCE_FAILED && s->state == SOURCE_OK) {
			s->state = SOURCE_FAILED;
			s->why = f->list[i].why;
		}
}

void lists_gather(struct world *w, const char *const *extra, size_t nextra,
		  const char *const *only, struct facts *f, struct arena *a)
{
	struct gather g = { .f = f, .a = a, .only = only };
	struct slice lists[NLISTS], owners;

	f->partial = only != NULL;
	if (getentropy(&g.index.seed, sizeof(g.index.seed)))
		g.index.seed = (unsigned long)(uintptr_t)a;
	g.index.arena = g.wanted.arena = a;
	g.wanted.seed = g.index.seed;
	for (size_t i = 0; only && only[i]; i++)
		*map_at(&g.wanted, only[i]) = (void *)(uintptr_t)only[i];
	for (int i = 0; i < NLISTS; i++)
		lists[i] = load_list(w, (enum list_id)i, &g);
	owners = load_userdomains(w, &g);
	reserve(&g, lists, owners);
	for (int i = 0; i < NLISTS; i++)
		take_list(&g, (enum list_id)i, lists[i]);
	take_userdomains(&g, owners);
	for (size_t i = 0; i < nextra; i++)
		domain_at(&g, extra[i]);
	for (size_t i = 0; only && only[i]; i++)
		domain_at(&g, only[i]);
	read_resellers(w, &g);
	sort_by_name(&g);
	f->domains = g.list;
	f->ndomains = g.n;
	set_state(f);
}
