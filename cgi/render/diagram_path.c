#include <string.h>

#include "base/json.h"
#include "render/diagram_path.h"

#define ROW 28
#define INDENT 26
#define MARGIN 10
#define DEEPEST 64		/* deeper steps stand as far to the right as this */
#define WIDE 640		/* of the texts, beyond the deepest step */

static const struct {
	const char *end, *series, *note;
} ends[] = {
	{ "goes_on", "way", NULL },
	{ "mailbox", "end", "its mailbox, if it has one" },
	{ "keeps", "end", "a copy for its own mailbox" },
	{ "outside", "outside", "another server" },
	{ "circle", "circle", "a circle: it stands above" },
	{ "rule", "way", NULL },
	{ "shown", "way", "as shown above" },
	{ "cut", "way", "and further" },
};

struct drawing {
	int64_t y[DEEPEST + 1];		/* of the last row of that depth */
	json_object *row[DEEPEST + 1];	/* that row */
	int64_t deepest;
};

static int64_t depth_of(json_object *step)
{
	int64_t depth = json_number(step, "depth", 0);

	return depth < 0 ? 0 : depth > DEEPEST ? DEEPEST : depth;
}

static void put_end(json_object *o, json_object *step)
{
	const char *end = json_text(step, "end");

	for (size_t i = 0; end && i < sizeof(ends) / sizeof(*ends); i++)
		if (!strcmp(end, ends[i].end)) {
			json_put_text(o, "series", ends[i].series);
			json_put_text(o, "note", ends[i].note);
		}
}

static json_object *links(const struct drawing *d, int64_t depth, int64_t y)
{
	json_object *list = json_object_new_array(), *o;

	if (!depth)
		return list;
	o = json_object_new_object();
	json_put_number(o, "x", MARGIN + (depth - 1) * INDENT + 6);
	json_put_number(o, "from", d->y[depth - 1] + 6);
	json_put_number(o, "y", y - 4);
	json_put_number(o, "to", MARGIN + depth * INDENT - 4);
	json_object_array_add(list, o);
	return list;
}

/* The step stands above on this very way: from there on it is a circle. */
static void mark_circle(struct drawing *d, json_object *step, int64_t depth)
{
	const char *end = json_text(step, "end"), *text = json_text(d->row[depth], "text");
	int64_t from = depth;

	if (!end || (strcmp(end, "circle") && strcmp(end, "shown")))
		return;
	while (from-- && strcmp(json_text(d->row[from], "text"), text))
		;
	if (from < 0)
		return;
	if (!strcmp(end, "shown"))
		json_put_text(d->row[depth], "note", "a circle, unless there is a mailbox between");
	for (; from <= depth; from++)
		json_put_text(d->row[from], "series", "circle");
}

static json_object *row(struct drawing *d, json_object *step, size_t i)
{
	json_object *o = json_object_new_object();
	int64_t depth = depth_of(step), y = (int64_t)(i + 1) * ROW - ROW / 3;
	const char *text = json_text(step, "text");

	json_put_number(o, "x", MARGIN + depth * INDENT);
	json_put_number(o, "y", y);
	json_put_text(o, "text", text && strncmp(text, "*@", 2) ? text :
		      "without a mailbox: the default address");
	put_end(o, step);
	json_object_object_add(o, "links", links(d, depth, y));
	d->y[depth] = y;
	d->row[depth] = o;
	mark_circle(d, step, depth);
	d->deepest = depth > d->deepest ? depth : d->deepest;
	return o;
}

json_object *diagram_path(json_object *path)
{
	json_object *steps = json_member(path, "steps"), *o, *rows;
	struct drawing d = { .deepest = 0 };

	if (!json_count(steps))
		return NULL;
	o = json_object_new_object();
	rows = json_object_new_array();
	for (size_t i = 0; i < json_count(steps); i++)
		json_object_array_add(rows, row(&d, json_object_array_get_idx(steps, i), i));
	json_put_number(o, "width", WIDE + d.deepest * INDENT);
	json_put_number(o, "height", (int64_t)json_count(steps) * ROW + ROW / 3);
	json_object_object_add(o, "rows", rows);
	return o;
}
