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

#define FETCH_AHEAD 16

/* Few lines are shorter. */
#define LINE_LEAST 8

/* No account's name is longer. */
#define ACCOUNT_MAX 39

/* A file that was opened; its text is read by whoever takes what is in it. */
struct source_text {
	enum world_file file;
	int fd;			/* -1: none, as e says */
	struct err e;
	struct slice text;
};

struct lists {
	struct facts *f;
	struct arena *a;
	const char *const *only;	/* or NULL */
	struct map wanted;		/* those of only */
	const char *const *extra;
	size_t nextra;
	struct source_text texts[NLISTS], userdomains, resellers;
	struct mentions names, owners;	/* each of a thread of its own, */
	struct arena of_names, of_owners;	/* as these */
	size_t cap_faults;
};

static bool is_wanted(const struct lists *l, const char *name)
{
	return !l->only || map_get(&l->wanted, name);
}

/* The texts are ours: what is taken of them stays where it stood, text[n] there is
 * behind what was read of the line. */
static char *in_place(struct slice text, const char *is)
{
	char *p = (char *)(uintptr_t)text.p;

	memmove(p, is, text.n);
	p[text.n] = '\0';
	return p;
}

static void add_fault(struct lists *l, enum list_id which,
		      const struct domain_list_entry *x)
{
	struct arena *a = &l->of_names;
	struct facts *f = l->f;
	char text[240], raw[120];
	size_t n = x->text.n < sizeof(raw) - 1 ? x->text.n : sizeof(raw) - 1;

	memcpy(raw, x->text.p, n);
	raw[n] = '\0';
	f->faults = arena_grow(a, f->faults, f->nfaults, &l->cap_faults,
			       sizeof(*f->faults));
	f->faults[f->nfaults++] = (struct line_fault){
		.list = which, .line = x->line, .why = x->why,
		.text = arena_strdup(a, text_printable(text, sizeof(text), raw)),
	};
}

static void take_entry(struct lists *l, enum list_id which,
		       const struct domain_list_entry *x)
{
	bool member = x->kind == LIST_ENTRY_MEMBER;

	if (!is_wanted(l, x->domain))
		return;
	if (!member)
		add_fault(l, which, x);
	if (member && strlen(x->domain) == x->text.n)
		mentions_add_member(&l->names, in_place(x->text, x->domain), which, x->line);
	else if (*x->domain)
		mentions_add_odd(&l->names, (struct mention_told){
			.name = arena_strdup(&l->of_names, x->domain), .what = x->why,
			.line = x->line, .list = which,
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

static struct source_text open_text(struct world *w, enum world_file f, bool of_exim)
{
	struct source_text t = { .file = f };
	struct world_mode mode;

	t.fd = w->ops->file(w, f, &mode, &t.e);
	if (t.fd >= 0 && of_exim && check_mode(&mode, world_files[f].path, &t.e)) {
		close(t.fd);
		t.fd = -1;
	}
	return t;
}

/* -1 with t->e and no text. */
static int read_text(struct source_text *t, struct arena *a)
{
	const struct world_file_row *row = &world_files[t->file];
	char *p;
	int rc;

	if (t->fd < 0)
		return -1;
	rc = io_read_all(t->fd, row->max_size, a, &p, &t->text.n, row->path, &t->e);
	close(t->fd);
	t->text = rc ? (struct slice){ NULL, 0 } : (struct slice){ p, t->text.n };
	return rc;
}

/* ---- the three lists -------------------------------------------------- */

static void read_list(struct lists *l, enum list_id which)
{
	struct source_text *t = &l->texts[which];
	struct file_fact *file = &l->f->list[which];

	file->path = list_path(which);
	file->state = SOURCE_OK;
	if (read_text(t, &l->of_names) && (t->e.code != ERR_NOT_FOUND || which == LIST_LOCAL)) {
		file->state = SOURCE_FAILED;
		file->why = arena_strdup(&l->of_names, t->e.text);
	}
}

/* About as many as there are, or more: what of the room is not used costs nothing. */
static size_t room_for(struct slice text)
{
	return text.n / LINE_LEAST;
}

static void take_list(struct lists *l, enum list_id which)
{
	struct domain_list_entry x;
	struct domain_list d;

	domain_list_init(&d, l->texts[which].text);
	while (domain_list_next(&d, &x))
		take_entry(l, which, &x);
	l->f->list[which].lines = domain_list_lines(&d);
}

static void ask_for(struct lists *l, const char *name)
{
	if (is_wanted(l, name))
		mentions_add_odd(&l->names, (struct mention_told){
			.name = name, .kind = MENTION_ASKED,
		});
}

void lists_take_names(struct lists *l)
{
	size_t lines = 0;

	for (int i = 0; i < NLISTS; i++) {
		read_list(l, (enum list_id)i);
		lines += l->only ? 0 : room_for(l->texts[i].text);
	}
	mentions_reserve(&l->names, lines + l->nextra);
	for (int i = 0; i < NLISTS; i++) {
		l->names.text[i] = l->texts[i].text.p;
		take_list(l, (enum list_id)i);
	}
	for (size_t i = 0; i < l->nextra; i++)
		ask_for(l, l->extra[i]);
	for (size_t i = 0; l->only && l->only[i]; i++)
		ask_for(l, l->only[i]);
	mentions_sort(&l->names);
}

/* ---- whose they are --------------------------------------------------- */

static void take_owner(struct lists *l, const struct key_value_pair *x)
{
	const char *owner, *name;

	if (!x->is_domain || !x->value.n || x->value.n > ACCOUNT_MAX ||
	    !is_wanted(l, x->key))
		return;
	owner = in_place(x->value, x->value.p);
	name = in_place(x->raw, x->key);
	mentions_add_owner(&l->owners, name, text_is_account(owner) ? owner : NULL);
}

static void read_owners(struct lists *l)
{
	struct source_status *s = &l->f->source[SOURCE_OWNERS];
	struct file_fact *file = &l->f->userdomains;

	file->path = world_files[WORLD_USERDOMAINS].path;
	file->state = s->state = SOURCE_OK;
	if (read_text(&l->userdomains, &l->of_owners)) {
		file->state = s->state = SOURCE_FAILED;
		file->why = s->why = arena_strdup(&l->of_owners, l->userdomains.e.text);
	}
	read_text(&l->resellers, &l->of_owners);
}

void lists_take_owners(struct lists *l)
{
	struct key_value_pair x;
	struct key_value k;

	read_owners(l);
	l->owners.text[MENTION_OWNERS] = l->userdomains.text.p;
	mentions_reserve(&l->owners, l->only ? 0 : room_for(l->userdomains.text));
	key_value_init(&k, l->userdomains.text);
	while (key_value_next(&k, &x)) {
		l->f->userdomains.lines = x.line;
		take_owner(l, &x);
	}
	mentions_sort(&l->owners);
}

/* Without the file no reseller owns anything: nothing is shown to one. */
static void take_resellers(struct lists *l)
{
	struct map owners = MAP_INIT(l->a, l->wanted.seed);
	struct key_value_pair x;
	struct key_value k;

	key_value_init(&k, l->resellers.text);
	while (key_value_next(&k, &x))
		*map_at(&owners, in_place(x.raw, x.key)) = in_place(x.value, x.value.p);
	l->f->accounts_known = owners.used > 0;
	for (size_t i = 0; i < l->f->ndomains; i++) {
		struct domain *d = &l->f->domains[i];
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
static void mentioned(struct domain *d, struct mention_told m, struct arena *a)
{
	if (m.kind == MENTION_MEMBER && !d->line[m.list])
		d->line[m.list] = m.line;
	if (m.kind == MENTION_UNUSABLE && !domain_more(d)->bad_line[m.list]) {
		domain_more_at(d, a)->bad_line[m.list] = m.line;
		d->more->bad_why[m.list] = m.what;
	}
	if (m.kind == MENTION_OWNER && !d->owner)
		d->owner = m.what;
}

/* What is said of the domain from *at on. */
static void take_mentions(struct domain *d, const struct mentions *s, size_t *at,
			  struct arena *a)
{
	uint64_t start = s->all[*at].start;

	do
		mentioned(d, mention_tell(s, &s->all[(*at)++]), a);
	while (*at < s->n && s->all[*at].start == start &&
	       !strcmp(mention_name(s, &s->all[*at]), d->name));
}

/* The names, in their order, lie anywhere: each is on its way from memory before its
 * turn comes. */
static void fetch_ahead(const struct mentions *s, size_t i)
{
	if (i + FETCH_AHEAD < s->n)
		__builtin_prefetch(mention_name(s, &s->all[i + FETCH_AHEAD]));
}

static int order_at(const struct mentions *a, size_t i, const struct mentions *b, size_t j)
{
	if (i == a->n || j == b->n)
		return i == a->n ? 1 : -1;
	if (a->all[i].start != b->all[j].start)
		return a->all[i].start < b->all[j].start ? -1 : 1;
	return strcmp(mention_name(a, &a->all[i]), mention_name(b, &b->all[j]));
}

static void make_domains(struct lists *l)
{
	const struct mentions *names = &l->names, *owners = &l->owners;
	size_t i = 0, j = 0;

	l->f->domains = arena_zalloc(l->a, (names->n + owners->n + 1) *
				     sizeof(*l->f->domains));
	while (i < names->n || j < owners->n) {
		struct domain *d = &l->f->domains[l->f->ndomains++];
		int order = order_at(names, i, owners, j);

		fetch_ahead(names, i);
		fetch_ahead(owners, j);
		d->name = order <= 0 ? mention_name(names, &names->all[i]) :
			mention_name(owners, &owners->all[j]);
		if (order <= 0)
			take_mentions(d, names, &i, l->a);
		if (order >= 0)
			take_mentions(d, owners, &j, l->a);
	}
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

struct lists *lists_read(struct world *w, const char *const *extra, size_t nextra,
			 const char *const *only, struct facts *f, struct arena *a)
{
	static const enum world_file files[NLISTS] = {
		[LIST_LOCAL] = WORLD_LOCALDOMAINS,
		[LIST_REMOTE] = WORLD_REMOTEDOMAINS,
		[LIST_SECONDARY] = WORLD_SECONDARYMX,
	};
	struct lists *l = arena_zalloc(a, sizeof(*l));

	*l = (struct lists){
		.f = f, .a = a, .only = only, .extra = extra, .nextra = nextra,
		.wanted = MAP_INIT(a, 0),
	};
	if (getentropy(&l->wanted.seed, sizeof(l->wanted.seed)))
		l->wanted.seed = (unsigned long)(uintptr_t)a;
	for (size_t i = 0; only && only[i]; i++)
		*map_at(&l->wanted, only[i]) = (void *)(uintptr_t)only[i];
	for (int i = 0; i < NLISTS; i++)
		l->texts[i] = open_text(w, files[i], true);
	l->userdomains = open_text(w, WORLD_USERDOMAINS, false);
	l->resellers = open_text(w, WORLD_TRUEUSEROWNERS, false);
	return l;
}

void lists_put_together(struct lists *l)
{
	make_domains(l);
	arena_join(l->a, &l->of_names);
	arena_join(l->a, &l->of_owners);
	mentions_free(&l->names);
	mentions_free(&l->owners);
	take_resellers(l);
	set_state(l->f);
}

void lists_gather(struct world *w, const char *const *extra, size_t nextra,
		  const char *const *only, struct facts *f, struct arena *a)
{
	struct lists *l = lists_read(w, extra, nextra, only, f, a);

	lists_take_names(l);
	lists_take_owners(l);
	lists_put_together(l);
}
