#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "mail/ruleset.h"
#include "sources/bans.h"
#include "sources/log.h"

static const struct file_list {
	enum ban_list list;
	enum world_file file, more;	/* what it includes; the file again: nothing */
} files[] = {
	{ BAN_CSF_DENY, WORLD_CSF_DENY, WORLD_CSF_DENY_MORE },
	{ BAN_CSF_TEMPBAN, WORLD_CSF_TEMPBAN, WORLD_CSF_TEMPBAN },
	{ BAN_CSF_ALLOW, WORLD_CSF_ALLOW, WORLD_CSF_ALLOW_MORE },
	{ BAN_CSF_TEMPALLOW, WORLD_CSF_TEMPALLOW, WORLD_CSF_TEMPALLOW },
	{ BAN_SPAMMERS, WORLD_SPAMMERS, WORLD_SPAMMERS },
	{ BAN_COUNTRIES, WORLD_COUNTRIES, WORLD_COUNTRIES },
};

static const struct hulk_list {
	enum ban_list list;
	const char *arg;
} hulks[] = {
	{ BAN_HULK_BRUTE, "brutes" }, { BAN_HULK_EXCESSIVE, "excessive_brutes" },
	{ BAN_HULK_BLACK, "black" }, { BAN_HULK_WHITE, "white" },
};

/* ---- cPHulk ------------------------------------------------------------- */

static const char *said(json_object *o, const char *key, struct arena *a)
{
	const char *s = json_text(o, key);
	char shown[600];

	return s && *s ? arena_strdup(a, text_printable(shown, sizeof(shown), s)) : NULL;
}

/* {"ip", "logintime", "exptime", "notes"} */
static void take_row(struct ban_reader *r, json_object *row)
{
	const char *ip = json_text(row, "ip");
	struct ban ban = { .line = 0 };

	if (!ip || !net_parse(slice_of(ip), &ban.net)) {
		r->odd++;
		return;
	}
	ban.since = said(row, "logintime", r->arena);
	ban.until = said(row, "exptime", r->arena);
	ban.text = said(row, "notes", r->arena);
	if (!ban.text)
		ban.text = said(row, "comment", r->arena);
	ban_add(r, &ban);
}

/* {"192.0.2.1": "comment"} */
static void take_named(struct ban_reader *r, const char *ip, json_object *comment)
{
	struct ban ban = { .line = 0 };
	char shown[600];

	if (!net_parse(slice_of(ip), &ban.net)) {
		r->odd++;
		return;
	}
	if (json_object_is_type(comment, json_type_string))
		ban.text = arena_strdup(r->arena, text_printable(shown, sizeof(shown),
					json_object_get_string(comment)));
	ban_add(r, &ban);
}

static void take_rows(struct ban_reader *r, json_object *rows)
{
	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);

		if (json_object_is_type(row, json_type_string))
			take_named(r, json_object_get_string(row), NULL);
		else
			take_row(r, row);
	}
	if (!json_object_is_type(rows, json_type_object))
		return;
	json_object_object_foreach(rows, ip, comment)
		take_named(r, ip, comment);
}

int hulk_read(struct ban_reader *r, struct slice text, struct err *e)
{
	static const char *const keys[] = { "brutes", "excessive_brutes", "ips_in_list" };
	json_object *o = json_read(text.p, text.n, "cPHulk's reply", e);
	json_object *metadata = json_member(o, "metadata"), *data = json_member(o, "data");
	const char *reason = json_text(metadata, "reason");
	int rc = 0;

	if (!o)
		return -1;
	if (json_number(metadata, "result", 0) != 1) {
		/* Off, or a WHM that has no such function: nothing is blocked by it. */
		rc = reason && (strstr(reason, "is disabled") || strstr(reason, "Unknown app")) ? 1 :
			err_set(e, ERR_UNAVAILABLE, "WHM says of cPHulk: %.300s",
				reason ? reason : "nothing that can be read");
	} else {
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			take_rows(r, json_member(data, keys[i]));
	}
	json_object_put(o);
	return rc;
}

/* ---- gathering ---------------------------------------------------------- */

/* What a list holds beyond what was understood. */
static const char *rest_of(const struct ban_reader *r, unsigned odd, unsigned includes)
{
	unsigned o = r->odd - odd, i = r->includes - includes;

	if (!o && !i)
		return NULL;
	if (!i)
		return arena_printf(r->arena, "%u of its entries are not understood", o);
	return arena_printf(r->arena, "%u of its entries are not understood, and %u other files that it includes are not read",
			    o, i);
}

static void fail(struct facts *f, enum ban_list list, const struct err *e,
		 struct arena *a)
{
	struct source_status *s = &f->source[SOURCE_BANS];

	f->blocking.bans.source[list].why = arena_strdup(a, e->text);
	if (s->state == SOURCE_FAILED)
		return;
	s->state = SOURCE_FAILED;
	s->why = f->blocking.bans.source[list].why;
}

/* The files that it includes, where this world has them: those that could not be
 * read are what is left of r->includes. */
static void read_included(struct world *w, const struct file_list *l,
			  struct ban_reader *r, unsigned before, struct facts *f)
{
	struct slice text;
	struct err e;

	if (r->includes == before || l->more == l->file ||
	    world_text(w, l->more, r->arena, &text, &e))
		return;
	r->includes = before;
	ban_list_read_included(r, text, f->now);
}

static void read_file(struct world *w, const struct file_list *l,
		      struct ban_reader *r, struct facts *f)
{
	struct ban_source *s = &f->blocking.bans.source[l->list];
	unsigned odd = r->odd, includes = r->includes;
	struct slice text;
	struct err e;

	r->list = l->list;
	s->asked = true;
	if (!world_text(w, l->file, r->arena, &text, &e)) {
		ban_list_read(r, text, f->now);
		read_included(w, l, r, includes, f);
		s->why = rest_of(r, odd, includes);
		s->part = s->why;
	} else if (e.code != ERR_NOT_FOUND) {
		fail(f, l->list, &e, r->arena);
	}
}

static void read_hulk(struct world *w, const struct hulk_list *l,
		      struct ban_reader *r, struct facts *f)
{
	struct ban_source *s = &f->blocking.bans.source[l->list];
	struct slice text;
	struct err e;
	char *p;

	r->list = l->list;
	s->asked = true;
	if (w->ops->command(w, WORLD_CPHULK, l->arg, NULL, r->arena, &p, &text.n, &e)) {
		s->asked = e.code != ERR_NOT_FOUND;
		if (s->asked)
			fail(f, l->list, &e, r->arena);
		return;
	}
	text.p = p;
	if (hulk_read(r, text, &e) < 0)
		fail(f, l->list, &e, r->arena);
}

void bans_gather(struct world *w, struct facts *f, struct arena *a)
{
	struct ban_reader r = { .arena = a };

	f->source[SOURCE_BANS].state = SOURCE_OK;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		read_file(w, &files[i], &r, f);
	for (size_t i = 0; w->ops->command && i < sizeof(hulks) / sizeof(*hulks); i++)
		read_hulk(w, &hulks[i], &r, f);
	bans_settle(r.bans, r.n, a, &f->blocking.bans);
}

/* ---- the log of lfd ----------------------------------------------------- */

#define LINE_SHOWN 800

struct log_look {
	const char *ip;
	size_t length;
	char (*ring)[LINE_SHOWN];	/* the newest, written over */
	size_t max, seen;
};

static bool is_part(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		(c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

/* As a word: 192.0.2.1 is not in 192.0.2.10, nor is ::1 in 2001::1. A full stop
 * or colon may end a sentence. */
static bool names(const struct log_look *l, struct slice line)
{
	const char *end = line.p + line.n, *p = line.p;

	while ((p = memmem(p, (size_t)(end - p), l->ip, l->length))) {
		const char *after = p + l->length;
		bool starts = p == line.p || !is_part(p[-1]);
		bool stops = after == end || !is_part(*after) ||
			((*after == '.' || *after == ':') &&
			 (after + 1 == end || !is_part(after[1])));

		if (starts && stops)
			return true;
		p++;
	}
	return false;
}

static void take_line(void *ctx, struct slice line)
{
	struct log_look *l = ctx;
	char raw[400];
	size_t n = line.n < sizeof(raw) - 1 ? line.n : sizeof(raw) - 1;

	if (!names(l, line))
		return;
	memcpy(raw, line.p, n);
	raw[n] = '\0';
	text_printable(l->ring[l->seen++ % l->max], LINE_SHOWN, raw);
}

size_t bans_log_lines(struct world *w, const struct ip *ip, struct arena *a,
		      const char **out, size_t max, const char **why)
{
	char text[IP_TEXT_MAX];
	struct log_look l = { .ip = ip_text(text, ip), .length = strlen(text),
		.max = max,
		.ring = arena_zalloc(a, max * sizeof(*l.ring)) };
	struct world_mode ignored;
	struct err e;
	int fd = w->ops->file(w, WORLD_LFD_LOG, &ignored, &e);
	size_t n;

	*why = NULL;
	if (fd < 0) {
		*why = arena_strdup(a, e.text);
		return 0;
	}
	if (log_lines(fd, take_line, &l))
		*why = "/var/log/lfd.log cannot be read";
	n = l.seen < max ? l.seen : max;
	for (size_t i = 0; i < n; i++)
		out[i] = l.ring[(l.seen - n + i) % max];
	return n;
}
