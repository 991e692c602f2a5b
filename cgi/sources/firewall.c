#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "mail/cursor.h"
#include "mail/file_pack.h"
#include "mail/iptables_save.h"
#include "mail/csf_conf.h"
#include "sources/firewall.h"
#include "sources/nft.h"

/* ---- rules -------------------------------------------------------------- */

struct listing {
	struct world *w;
	struct arena *a;
	struct fw_ruleset *rules;
	unsigned listed;		/* families that some tool listed */
	struct err last, missing;	/* of a tool that failed, that is not there;
					 * code 0: none is */
};

static int ask(struct listing *l, const char *tool, struct slice *text, struct err *e)
{
	char *p;

	if (l->w->ops->command(l->w, WORLD_FILTER_RULES, tool, NULL, l->a, &p,
			       &text->n, e))
		return -1;
	text->p = p;
	return 0;
}

static bool is_nf_tables(struct slice text)
{
	struct slice first = { NULL, 0 };
	size_t at;

	slice_line(&text, &first);
	return cursor_find(first, "(nf_tables)", &at);
}

/* What the other half lists; that it is not installed is no gap. */
static void other_half(struct listing *l, enum fw_family family, bool nf_tables)
{
	char tool[16];
	struct slice text;
	struct err e;

	snprintf(tool, sizeof(tool), "ip%s_%s", family == FW_V6 ? "6" : "",
		 nf_tables ? "legacy" : "nft");
	if (!ask(l, tool, &text, &e))
		iptables_save_read(text, family, l->a, l->rules);
	else if (e.code != ERR_NOT_FOUND && nf_tables)
		ruleset_gap(l->rules, l->a, (unsigned)family, true, e.text);
}

/* nft lists what iptables-save over nf_tables fails at; see list_native. */
static void list_family(struct listing *l, enum fw_family family)
{
	struct slice text;
	struct err e;

	if (ask(l, family == FW_V6 ? "ip6" : "ip", &text, &e)) {
		if (e.code == ERR_NOT_FOUND)
			l->missing = e;
		else
			l->last = e;
		other_half(l, family, true);
		return;
	}
	l->listed |= (unsigned)family;
	iptables_save_read(text, family, l->a, l->rules);
	other_half(l, family, is_nf_tables(text));
}

/* Where iptables listed nothing and nft cannot be asked either, nothing is
 * known; where only nft fails, there may be tables of its own. */
static void list_native(struct listing *l)
{
	struct slice text;
	struct err e;

	if (!ask(l, "nft", &text, &e) && !nft_read(text, l->a, l->rules, &e)) {
		l->listed = FW_V4 | FW_V6;
		return;
	}
	if (e.code == ERR_NOT_FOUND)
		return;
	l->last = e;
	ruleset_gap(l->rules, l->a, FW_V4 | FW_V6, true, e.text);
}

static void list_rules(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_FIREWALL];
	struct listing l = { .w = w, .a = a, .rules = &f->blocking.rules };

	ruleset_init(l.rules);
	if (!w->ops->command) {
		s->why = "the packet filter is not part of this world";
		return;
	}
	list_family(&l, FW_V4);
	list_family(&l, FW_V6);
	list_native(&l);
	ruleset_link(l.rules);
	if (l.listed == (FW_V4 | FW_V6)) {
		s->state = SOURCE_OK;
	} else if (l.last.code) {
		s->state = SOURCE_FAILED;
		s->why = arena_strdup(a, l.last.text);
	} else if (l.listed) {
		ruleset_gap(l.rules, a, (FW_V4 | FW_V6) & ~l.listed, false,
			    "no program that lists the rules of this family is installed");
		s->state = SOURCE_OK;
	} else {
		s->why = arena_strdup(a, l.missing.text);
	}
}

/* ---- users -------------------------------------------------------------- */

/* name:password:uid:gid:… */
static bool take_user(struct slice line, struct system_user *u, struct arena *a)
{
	struct slice name = slice_cut(&line, ':'), uid, gid;
	uint64_t n, m;

	slice_cut(&line, ':');
	uid = slice_cut(&line, ':');
	gid = slice_cut(&line, ':');
	if (!name.n || name.n > 64 || !slice_uint(uid, UINT32_MAX, &n) ||
	    !slice_uint(gid, UINT32_MAX, &m))
		return false;
	*u = (struct system_user){ arena_strndup(a, name.p, name.n), (uint32_t)n,
		(uint32_t)m };
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct system_user *)a)->name,
		      ((const struct system_user *)b)->name);
}

static void read_users(struct world *w, struct facts *f, struct arena *a)
{
	struct blocking_facts *b = &f->blocking;
	struct system_user *users = NULL;
	struct slice text, line;
	size_t cap = 0;
	struct err e;

	if (world_text(w, WORLD_PASSWD, a, &text, &e))
		return;
	while (slice_line(&text, &line)) {
		users = arena_grow(a, users, b->nusers, &cap, sizeof(*users));
		b->nusers += take_user(line, &users[b->nusers], a);
	}
	if (b->nusers)
		qsort(users, b->nusers, sizeof(*users), by_name);
	b->users = users;
}

void firewall_gather(struct world *w, struct facts *f, struct arena *a)
{
	list_rules(w, f, a);
	read_users(w, f, a);
}

/* ---- configurations ----------------------------------------------------- */

static bool exists(struct world *w, enum world_file file)
{
	struct world_mode ignored;
	struct err e;
	int fd = w->ops->file(w, file, &ignored, &e);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || e.code != ERR_NOT_FOUND;
}

static void fail(struct source_status *s, const struct err *e, struct arena *a)
{
	s->state = SOURCE_FAILED;
	s->why = arena_strdup(a, e->text);
}

static void read_csf(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_CSF];
	struct csf_facts *csf = &f->blocking.csf;
	struct slice text;
	struct err e;

	if (world_text(w, WORLD_CSF_CONF, a, &text, &e)) {
		if (e.code == ERR_NOT_FOUND)
			s->why = "CSF is not installed: there is no /etc/csf/csf.conf";
		else
			fail(s, &e, a);
		return;
	}
	s->state = SOURCE_OK;
	if (csf_conf_read(text, a, csf)) {
		err_set(&e, ERR_UNAVAILABLE, "/etc/csf/csf.conf has no TCP_IN or TCP_OUT that can be read");
		fail(s, &e, a);
	}
	csf->disabled = exists(w, WORLD_CSF_DISABLE);
}

static void read_restrictions(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_RESTRICTIONS];
	struct smtp_restrictions *r = &f->blocking.restrictions;
	struct slice text, value;
	struct err e;

	if (world_text(w, WORLD_CPANEL_CONFIG, a, &text, &e)) {
		if (e.code == ERR_NOT_FOUND)
			s->why = "there is no /var/cpanel/cpanel.config";
		else
			fail(s, &e, a);
		return;
	}
	s->state = SOURCE_OK;
	r->written = config_get(text, "smtpmailgidonly", &value);
	r->on = config_flag(text, "smtpmailgidonly", 1);
	r->flag = exists(w, WORLD_SMTP_FLAG);
}

/* ---- held accounts ------------------------------------------------------ */

/* One account a line; 0, or -1 when the file is there and cannot be read. */
static int read_holds(struct world *w, enum world_file file, bool suspended,
		      struct hold **holds, size_t *n, size_t *cap, struct arena *a,
		      struct err *e)
{
	struct slice text, line;

	if (world_text(w, file, a, &text, e))
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	for (unsigned number = 1; slice_line(&text, &line); number++) {
		struct slice name = slice_trim(line);
		char *account = arena_strndup(a, name.p, name.n);

		if (!name.n || !text_is_account(account))
			continue;
		*holds = arena_grow(a, *holds, *n, cap, sizeof(**holds));
		(*holds)[(*n)++] = (struct hold){ account, suspended, number };
	}
	return 0;
}

static void read_all_holds(struct world *w, struct facts *f, struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_HOLDS];
	struct blocking_facts *b = &f->blocking;
	struct hold *holds = NULL;
	size_t cap = 0;
	struct err e;

	s->state = SOURCE_OK;
	if (read_holds(w, WORLD_HOLD_USERS, false, &holds, &b->nholds, &cap, a, &e) ||
	    read_holds(w, WORLD_SUSPENDED_USERS, true, &holds, &b->nholds, &cap, a, &e))
		fail(s, &e, a);
	b->holds = holds;
}

static void read_marks(struct world *w, struct defer_marks *m, struct arena *a)
{
	struct slice text = { .n = 0 };
	const char **names = NULL;
	struct packed_file x;
	size_t cap = 0;
	struct err e;

	if (world_text(w, WORLD_DEFER_MARKS, a, &text, &e) && e.code != ERR_NOT_FOUND)
		m->why = arena_strdup(a, e.text);
	while (file_pack_next(&text, &x)) {
		char *name = arena_strndup(a, x.name.p, x.name.n);

		if (x.why.n || !text_is_domain(name))
			continue;
		names = arena_grow(a, names, m->n, &cap, sizeof(*names));
		names[m->n++] = name;
	}
	m->domains = names;
}

void blocking_gather(struct world *w, struct facts *f, struct arena *a)
{
	read_csf(w, f, a);
	read_restrictions(w, f, a);
	read_all_holds(w, f, a);
	read_marks(w, &f->blocking.marks, a);
}
