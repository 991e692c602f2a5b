#include <string.h>

#include "render/template_tree.h"

#define DELIMITER_MAX 8

struct parser {
	struct arena *arena;
	const char *name, *start, *at, *end;
	char open[DELIMITER_MAX], close[DELIMITER_MAX];
	struct template *out;
	size_t sections[TEMPLATE_DEPTH];	/* nodes not closed yet */
	size_t depth;
	struct err *e;
};

/* One tag: text[from..to) with its delimiters. */
struct tag {
	const char *from, *to;
	char sigil;		/* '\0': a value */
	struct slice content;	/* trimmed */
	bool alone;		/* nothing else but blanks on its line */
};

static int refuse(const struct parser *p, const char *at, const char *what,
		  struct slice name)
{
	size_t line = 1;

	for (const char *s = p->start; s < at; s++)
		line += *s == '\n';
	return err_set(p->e, ERR_BUG, "template %s, line %zu: %s%s%.*s", p->name,
		       line, what, name.n ? " " : "",
		       (int)(name.n > 80 ? 80 : name.n), name.n ? name.p : "");
}

static struct template_node *add_node(struct parser *p, enum node_kind kind)
{
	struct template *t = p->out;

	t->nodes = arena_grow(p->arena, t->nodes, t->n, &t->cap, sizeof(*t->nodes));
	t->nodes[t->n] = (struct template_node){ .kind = kind };
	return &t->nodes[t->n++];
}

static bool at_line_start(const struct parser *p, const char *s)
{
	return s == p->start || s[-1] == '\n';
}

static void add_text(struct parser *p, const char *from, const char *to)
{
	struct template_node *n;

	if (from == to)
		return;
	n = add_node(p, NODE_TEXT);
	n->text = (struct slice){ from, (size_t)(to - from) };
	n->at_line_start = at_line_start(p, from);
}

/* ---- finding tags ------------------------------------------------------ */

static const char *find(const char *from, const char *end, const char *what)
{
	return memmem(from, (size_t)(end - from), what, strlen(what));
}

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

static const char *line_of(const struct parser *p, const char *s)
{
	while (!at_line_start(p, s))
		s--;
	return s;
}

/* Where the line that s ends goes on; NULL when more than blanks follow s. */
static const char *line_end(const char *s, const char *end)
{
	s = skip_blanks(s, end);
	if (s == end)
		return s;
	if (*s == '\r' && s + 1 < end && s[1] == '\n')
		s++;
	return *s == '\n' ? s + 1 : NULL;
}

static struct slice trim(const char *from, const char *to)
{
	while (from < to && strchr(" \t\r\n", *from) && *from)
		from++;
	while (from < to && strchr(" \t\r\n", to[-1]) && to[-1])
		to--;
	return (struct slice){ from, (size_t)(to - from) };
}


/* The tag whose opening delimiter stands at `from`. */
static int take_tag(struct parser *p, const char *from, struct tag *t)
{
	const char *s = from + strlen(p->open), *close;
	bool delimiters;

	t->from = from;
	t->sigil = s < p->end && *s && strchr("#^/>!=%&{", *s) ? *s++ : '\0';
	if (t->sigil == '{' || t->sigil == '&')
		return refuse(p, from, "there is no unescaped form", SLICE(""));
	delimiters = t->sigil == '=';
	close = find(s, p->end, p->close);
	while (delimiters && close && (close == s || close[-1] != '='))
		close = find(close + 1, p->end, p->close);
	if (!close)
		return refuse(p, from, "this tag is never closed", SLICE(""));
	t->content = trim(s, delimiters ? close - 1 : close);
	t->to = close + strlen(p->close);
	t->alone = t->sigil && t->sigil != '%' && line_end(t->to, p->end) &&
		skip_blanks(line_of(p, from), p->end) == from;
	return 0;
}

/* ---- names ------------------------------------------------------------- */

static bool is_name(struct slice s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
		      (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		      (s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] && strchr(extra, s.p[i]))))
			return false;
	return s.n > 0;
}

static int take_name(struct parser *p, const struct tag *t,
		     struct template_node *n)
{
	struct slice rest = t->content;
	const char **path = NULL;
	size_t used = 0, cap = 0;

	n->name = arena_strndup(p->arena, rest.p, rest.n);
	while (rest.n && !slice_eq(t->content, ".")) {
		struct slice part = slice_cut(&rest, '.');

		if (!is_name(part, "_-"))
			return refuse(p, t->from, "not a name:", t->content);
		path = arena_grow(p->arena, path, used, &cap, sizeof(*path));
		path[used++] = arena_strndup(p->arena, part.p, part.n);
	}
	if (!slice_eq(t->content, ".") &&
	    (!t->content.n || t->content.p[t->content.n - 1] == '.'))
		return refuse(p, t->from, "not a name:", t->content);
	path = arena_grow(p->arena, path, used, &cap, sizeof(*path));
	path[used] = NULL;
	n->path = path;
	return 0;
}

/* ---- one function a kind of tag ---------------------------------------- */

static int take_value(struct parser *p, const struct tag *t)
{
	struct template_node *n = add_node(p, t->sigil ? NODE_URL : NODE_VALUE);

	n->at_line_start = at_line_start(p, t->from);
	return take_name(p, t, n);
}

static int take_section(struct parser *p, const struct tag *t)
{
	struct template_node *n;

	if (p->depth == TEMPLATE_DEPTH)
		return refuse(p, t->from, "sections nest too deep", SLICE(""));
	p->sections[p->depth++] = p->out->n;
	n = add_node(p, t->sigil == '#' ? NODE_SECTION : NODE_INVERTED);
	return take_name(p, t, n);
}

static int take_section_end(struct parser *p, const struct tag *t)
{
	struct template_node *n;

	if (!p->depth)
		return refuse(p, t->from, "closes no section:", t->content);
	n = &p->out->nodes[p->sections[p->depth - 1]];
	if (!slice_eq(t->content, n->name))
		return refuse(p, t->from, "closes another section:", t->content);
	n->end = p->out->n;
	p->depth--;
	return 0;
}

static int take_partial(struct parser *p, const struct tag *t)
{
	const char *line = line_of(p, t->from);
	struct template_node *n = add_node(p, NODE_PARTIAL);

	if (!is_name(t->content, "_-"))
		return refuse(p, t->from, "not a template's name:", t->content);
	n->name = arena_strndup(p->arena, t->content.p, t->content.n);
	n->alone = t->alone;
	n->at_line_start = !t->alone && at_line_start(p, t->from);
	if (t->alone)
		n->text = (struct slice){ line, (size_t)(t->from - line) };
	return 0;
}

static int take_comment(struct parser *p, const struct tag *t)
{
	(void)p;
	(void)t;
	return 0;
}

static bool take_delimiter(char out[DELIMITER_MAX], struct slice s)
{
	if (!s.n || s.n >= DELIMITER_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '=')
			return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static int take_delimiters(struct parser *p, const struct tag *t)
{
	struct slice rest = t->content, open = slice_cut(&rest, ' ');

	if (!take_delimiter(p->open, open) ||
	    !take_delimiter(p->close, slice_trim(rest)))
		return refuse(p, t->from, "not a pair of delimiters:", t->content);
	return 0;
}

static int take(struct parser *p, const struct tag *t)
{
	static const struct {
		char sigil;
		int (*take)(struct parser *p, const struct tag *t);
	} kinds[] = {
		{ '\0', take_value }, { '%', take_value },
		{ '#', take_section }, { '^', take_section },
		{ '/', take_section_end }, { '>', take_partial },
		{ '!', take_comment }, { '=', take_delimiters },
	};
	size_t i = 0;

	while (kinds[i].sigil != t->sigil)
		i++;
	return kinds[i].take(p, t);
}

int template_parse(struct arena *a, const char *name, struct slice text,
		   struct template *out, struct err *e)
{
	struct parser p = {
		.arena = a, .name = name, .start = text.p, .at = text.p,
		.end = text.p + text.n, .open = "{{", .close = "}}", .out = out,
		.e = e,
	};
	const char *open;
	struct tag t;

	while ((open = find(p.at, p.end, p.open))) {
		if (take_tag(&p, open, &t))
			return -1;
		add_text(&p, p.at, t.alone ? line_of(&p, open) : open);
		p.at = t.alone ? line_end(t.to, p.end) : t.to;
		if (take(&p, &t))
			return -1;
	}
	add_text(&p, p.at, p.end);
	if (p.depth)
		return refuse(&p, p.end, "never closed:",
			      slice_of(out->nodes[p.sections[p.depth - 1]].name));
	return 0;
}
