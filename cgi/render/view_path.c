#include <string.h>

#include "base/json.h"
#include "mail/forward_differ.h"
#include "mail/redirect.h"
#include "render/text_words.h"
#include "render/view.h"
#include "render/view_path.h"

static json_object *view_step(const struct path_step *s)
{
	json_object *o = json_object_new_object();

	json_put_number(o, "depth", s->depth);
	json_put_text(o, "kind", forward_kind_name(s->kind));
	json_put_text(o, "text", s->text);
	json_put_text(o, "file", s->file);
	if (s->line)
		json_put_number(o, "line", s->line);
	else
		json_object_object_add(o, "line", NULL);
	json_put_text(o, "end", path_end_name(s->end));
	json_object_object_add(o, "last_used", view_time(s->last));
	return o;
}

/* What lies in homes and was not looked at; NULL: nothing. */
static const char *homes_why(const struct facts *f)
{
	const struct source_status *s = &f->source[SOURCE_HOMES];

	return s->state == SOURCE_OK ? f->forwarding.homes_why :
		s->why ? s->why : "nobody was asked";
}

static json_object *view_steps(const struct path_step *steps, size_t n)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, view_step(&steps[i]));
	return list;
}

json_object *view_map(const struct facts *f, const char *domain)
{
	const struct domain *d = facts_domain(f, domain);
	struct arena a = ARENA_INIT;
	struct path_step *steps;
	json_object *o;
	size_t n, left;

	if (f->source[SOURCE_FORWARDERS].state != SOURCE_OK)
		return NULL;
	n = forward_domain_path(&f->forwarding, domain, d && d->line[LIST_LOCAL], &steps,
				&left, &a);
	o = json_object_new_object();
	json_put_number(o, "left", (int64_t)left);
	json_put_text(o, "homes_why", homes_why(f));
	json_object_object_add(o, "steps", view_steps(steps, n));
	arena_clear(&a);
	return o;
}

static json_object *view_differs(const struct path_step *steps, size_t n, const char *bt,
				 struct arena *a)
{
	json_object *list = json_object_new_array();
	const char *differs[FORWARD_DIFFER_MAX];
	size_t k = bt ? forward_differ(steps, n, slice_of(bt), differs, a) : 0;

	for (size_t i = 0; i < k; i++)
		json_object_array_add(list, json_new_text(differs[i]));
	return list;
}

json_object *view_path(const struct facts *f, const char *address, const char *bt)
{
	struct arena a = ARENA_INIT;
	char known[ADDRESS_TEXT_MAX];
	const struct domain *d;
	struct path_step *steps;
	json_object *o;
	size_t n;

	if (f->source[SOURCE_FORWARDERS].state != SOURCE_OK ||
	    !redirect_address(known, slice_of(address)))
		return NULL;
	o = json_object_new_object();
	d = facts_domain(f, strrchr(known, '@') + 1);
	n = forward_path(&f->forwarding, known, d && d->line[LIST_LOCAL], &steps, &a);
	json_put_text(o, "address", known);
	json_put_text(o, "homes_why", homes_why(f));
	json_object_object_add(o, "steps", view_steps(steps, n));
	json_object_object_add(o, "differs", view_differs(steps, n, bt, &a));
	arena_clear(&a);
	return o;
}

static const struct {
	const char *end, *says;
} ends[] = {
	{ "mailbox", ": its mailbox, if it has one" },
	{ "keeps", ": a copy for its own mailbox" },
	{ "outside", ": another server's" },
	{ "circle", ": a CIRCLE, it stands above" },
	{ "shown", ": as shown" },
	{ "cut", ": and further" },
};

static void step(FILE *out, json_object *s)
{
	const char *end = text_word(s, "end");
	const char *text = text_word(s, "text");

	text_say(out, "%*s%s", 2 + 2 * (int)json_number(s, "depth", 0), "",
		 strncmp(text, "*@", 2) ? text : "without a mailbox: the default address");
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (!strcmp(end, ends[i].end))
			text_say(out, "%s", ends[i].says);
	if (json_text(s, "file"))
		text_say(out, "  (%s, line %d)", text_word(s, "file"),
			 (int)json_number(s, "line", 0));
	if (json_text(s, "last_used"))
		text_say(out, ", last used %s", text_word(s, "last_used"));
	putc('\n', out);
}

static void all_steps(FILE *out, json_object *path)
{
	json_object *steps = json_member(path, "steps");

	for (size_t i = 0; i < json_count(steps); i++)
		step(out, json_object_array_get_idx(steps, i));
}

static void homes(FILE *out, json_object *path)
{
	if (json_text(path, "homes_why"))
		text_say(out, "  Not all filters, .forward files and Sieve scripts in homes are part of this: %s",
			 text_word(path, "homes_why"));
	else
		text_say(out, "  Filters, .forward files and Sieve scripts in homes are part of this, but for those of other accounts.");
	putc('\n', out);
	putc('\n', out);
}

void text_path(FILE *out, json_object *path)
{
	if (!path)
		return;
	text_say(out, "Where mail for %s goes by the forwarders of this server:",
		 text_word(path, "address"));
	putc('\n', out);
	all_steps(out, path);
	for (size_t i = 0; i < json_count(json_member(path, "differs")); i++) {
		text_say(out, "  This differs from Exim’s own answer below, and Exim is right: %s",
			 json_object_get_string(json_object_array_get_idx(
				 json_member(path, "differs"), i)));
		putc('\n', out);
	}
	homes(out, path);
}

void text_map(FILE *out, json_object *map)
{
	int left = (int)json_number(map, "left", 0);

	if (!json_count(json_member(map, "steps")))
		return;
	fputs("Where its addresses lead by the forwarders of this server\n", out);
	all_steps(out, map);
	if (left)
		fprintf(out, "  and %d more of its addresses\n", left);
	homes(out, map);
}
