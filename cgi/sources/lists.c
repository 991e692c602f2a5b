#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/map.h"
#include "mail/domain_list.h"
#include "mail/key_value.h"
#include "sources/lists.h"
#include "sources/mentions.h"

/* Exim opens its lists as mailnull:mail while it takes mail in. */
#define EXIM_UID 47

struct gather {
	struct facts *f;
	struct arena *a;
	const char *const *only;	/* or NULL */
	struct map wanted;	/* those of only */
	struct mentions mentions;
	size_t cap_faults;
};

static bool is_wanted(const struct gather *g, const char *name)
{
	return !g->only || map_get(&g->wanted, name);
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

	if (!is_wanted(g, x->domain))
		return;
	if (!member)
		add_fault(g, which, x);
	if (*x->domain)
		mentions_add(&g->mentions, (struct mention){
			.name = arena_strdup(g->a, x->domain), .what = x->why,
			.line = x->line, .list = (unsigned char)which,
			.kind = member ? MENTION_MEMBER : MENTION_UNUSABLE,
		});
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

static size_t count_lines(struct slice text)
{
	struct slice line;
	size_t n = 0;

	while (slice_line(&text, &line))
		n++;
	return n;
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
	char owner[40];

	if (!text_is_domain(x->key) || !x->value.n || x->value.n >= sizeof(owner) ||
	    !is_wanted(g, x->key))
		return;
	memcpy(owner, x->value.p, x->value.n);
	owner[x->value.n] = '\0';
	mentions_add(&g->mentions, (struct mention){
		.name = arena_strdup(g->a, x->key), .kind = MENTION_OWNER,
		.what = text_is_account(owner) ? arena_strdup(g->a, owner) : NULL,
	});
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
	struct map owners = MAP_INIT(g->a, g->wanted.seed);
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
	for (size_t i = 0; i < g->f->ndomains; i++) {
		struct domain *d = &g->f->domains[i];
		const struct domain *before = i ? d - 1 : d;

		if (d->owner && before->owner && before->reseller &&
		    !strcmp(d->owner, before->owner))
			d->reseller = before->reseller;
		else if (d->owner)
			d->reseller = map_get(&owners, d->owner);
	}
}

/* ---- the domains ------------------------------------------------------- */

/* Of two lines the first counts, as in Exim's lookup and the helper's. */
static void mentioned(struct domain *d, const struct mention *m)
{
	if (m->kind == MENTION_MEMBER && !d->line[m->list])
		d->line[m->list] = m->line;
	if (m->kind == MENTION_UNUSABLE && !d->bad_line[m->list]) {
		d->bad_line[m->list] = m->line;
		d->bad_why[m->list] = m->what;
	}
	if (m->kind == MENTION_OWNER && !d->owner)
		d->owner = m->what;
}

static size_t count_names(const struct mentions *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += !i || strcmp(s->all[i].name, s->all[i - 1].name);
	return n;
}

static void make_domains(struct gather *g)
{
	const struct mentions *s = &g->mentions;
	struct domain *d;

	mentions_sort(&g->mentions);
	g->f->domains = arena_zalloc(g->a, (count_names(s) + 1) * sizeof(*d));
	for (size_t i = 0; i < s->n; i++) {
		d = &g->f->domains[g->f->ndomains];
		d->name = s->all[i].name;
		mentioned(d, &s->all[i]);
		if (i + 1 == s->n || strcmp(s->all[i + 1].name, d->name))
			g->f->ndomains++;
	}
}

static void ask_for(struct gather *g, const char *name)
{
	if (is_wanted(g, name))
		mentions_add(&g->mentions, (struct mention){
			.name = name, .kind = MENTION_ASKED,
		});
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
	size_t lines = 0;

	if (getentropy(&g.wanted.seed, sizeof(g.wanted.seed)))
		g.wanted.seed = (unsigned long)(uintptr_t)a;
	g.wanted.arena = a;
	for (size_t i = 0; only && only[i]; i++)
		*map_at(&g.wanted, only[i]) = (void *)(uintptr_t)only[i];
	for (int i = 0; i < NLISTS; i++) {
		lists[i] = load_list(w, (enum list_id)i, &g);
		lines += count_lines(lists[i]);
	}
	owners = load_userdomains(w, &g);
	if (!only)
		mentions_reserve(&g.mentions, lines + count_lines(owners) + nextra);
	for (int i = 0; i < NLISTS; i++)
		take_list(&g, (enum list_id)i, lists[i]);
	take_userdomains(&g, owners);
	for (size_t i = 0; i < nextra; i++)
		ask_for(&g, extra[i]);
	for (size_t i = 0; only && only[i]; i++)
		ask_for(&g, only[i]);
	make_domains(&g);
	mentions_free(&g.mentions);
	read_resellers(w, &g);
	set_state(f);
}
