#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/template_tree.h"

#define INDENT_MAX	256

/* ---- escaping ---------------------------------------------------------- */

static int put_html(struct buf *out, const char *s, size_t n)
{
	static const char *const as[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;",
		['"'] = "&quot;", ['\''] = "&#39;",
	};
	size_t plain = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *text = c < ' ' && c != '\t' && c != '\n' && c != '\r' ?
			"\xef\xbf\xbd" : as[c];

		if (!text)
			continue;
		if (buf_add(out, s + plain, i - plain) || buf_puts(out, text))
			return -1;
		plain = i + 1;
	}
	return buf_add(out, s + plain, n - plain);
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static int put_url(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_unreserved(c) ? buf_add(out, s + i, 1) :
		    buf_printf(out, "%%%02X", c))
			return -1;
	}
	return 0;
}

/* ---- rendering --------------------------------------------------------- */

struct rendering {
	const struct template_set *set;
	enum template_mode mode;
	json_object *stack[TEMPLATE_DEPTH];	/* innermost last */
	size_t depth, partials, steps;
	char indent[INDENT_MAX];
	struct buf *out;
	struct err *e;
};

static int render(struct rendering *r, const struct template *t, size_t from,
		  size_t to);

static int refuse_full(struct rendering *r)
{
	return err_set(r->e, ERR_LIMIT, "the page would be larger than %zu bytes",
		       r->out->limit);
}

static bool member(json_object *o, const char *key, json_object **v)
{
	return json_object_is_type(o, json_type_object) &&
		json_object_object_get_ex(o, key, v);
}

/* The first part is looked for from the inside out, the others only in what it
 * names. *v is NULL when it is null or, leniently, unknown. */
static int look_up(struct rendering *r, const struct template *t,
		   const struct template_node *n, json_object **v)
{
	size_t i = r->depth;
	bool found = false;

	*v = r->stack[r->depth - 1];
	if (!n->path[0])
		return 0;
	while (!found && i > 0)
		found = member(r->stack[--i], n->path[0], v);
	for (size_t part = 1; found && n->path[part]; part++)
		found = member(*v, n->path[part], v);
	if (found)
		return 0;
	*v = NULL;
	return r->mode == TEMPLATE_LENIENT ? 0 :
		err_set(r->e, ERR_BUG, "template %s: nothing is called %s here",
			t->name, n->name);
}

static bool is_true(json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_array:
		return json_object_array_length(v) > 0;
	case json_type_string:
		return json_object_get_string_len(v) > 0;
	case json_type_object:
		return true;
	default:
		return json_object_get_boolean(v);
	}
}

/* json_object_get_string of anything but a string would write into the value. */
static int put_value(struct rendering *r, const struct template *t,
		     const struct template_node *n, json_object *v)
{
	int (*put)(struct buf *, const char *, size_t) =
		n->kind == NODE_URL ? put_url : put_html;
	char number[32];
	int rc = 0;

	switch (json_object_get_type(v)) {
	case json_type_null:
		break;
	case json_type_string:
		rc = put(r->out, json_object_get_string(v),
			 (size_t)json_object_get_string_len(v));
		break;
	case json_type_boolean:
		rc = buf_puts(r->out, json_object_get_boolean(v) ? "true" : "false");
		break;
	case json_type_int:
		rc = buf_printf(r->out, "%" PRId64, json_object_get_int64(v));
		break;
	case json_type_double:
		snprintf(number, sizeof(number), "%.15g", json_object_get_double(v));
		rc = put(r->out, number, strlen(number));
		break;
	default:
		return err_set(r->e, ERR_BUG, "template %s: %s is not a text",
			       t->name, n->name);
	}
	return rc ? refuse_full(r) : 0;
}

static int render_value(struct rendering *r, const struct template *t,
			const struct template_node *n)
{
	json_object *v;

	if (n->at_line_start && buf_puts(r->out, r->indent))
		return refuse_full(r);
	return look_up(r, t, n, &v) ? -1 : put_value(r, t, n, v);
}

/* Lines that are not empty begin with the indentation of the partial. */
static int render_text(struct rendering *r, const struct template_node *n)
{
	struct slice rest = n->text;
	bool starts = n->at_line_start;

	while (rest.n) {
		const char *lf = *r->indent ? memchr(rest.p, '\n', rest.n) : NULL;
		size_t len = lf ? (size_t)(lf - rest.p) + 1 : rest.n;

		if ((starts && *rest.p != '\n' && *rest.p != '\r' &&
		     buf_puts(r->out, r->indent)) || buf_add(r->out, rest.p, len))
			return refuse_full(r);
		rest.p += len;
		rest.n -= len;
		starts = true;
	}
	return 0;
}

static int render_with(struct rendering *r, const struct template *t,
		       const struct template_node *n, json_object *inner)
{
	int rc;

	if (r->depth == TEMPLATE_DEPTH)
		return err_set(r->e, ERR_LIMIT, "template %s: values nest too deep",
			       t->name);
	r->stack[r->depth++] = inner;
	rc = render(r, t, (size_t)(n - t->nodes) + 1, n->end);
	r->depth--;
	return rc;
}

static int render_section(struct rendering *r, const struct template *t,
			  const struct template_node *n)
{
	json_object *v;
	size_t count;

	if (look_up(r, t, n, &v))
		return -1;
	if (is_true(v) != (n->kind == NODE_SECTION))
		return 0;
	if (n->kind == NODE_INVERTED)
		return render(r, t, (size_t)(n - t->nodes) + 1, n->end);
	if (!json_object_is_type(v, json_type_array))
		return render_with(r, t, n, v);
	count = json_object_array_length(v);
	for (size_t i = 0; i < count; i++)
		if (render_with(r, t, n, json_object_array_get_idx(v, i)))
			return -1;
	return 0;
}

/* What stands within a line gets no indentation, whatever stands around it. */
static int indent(struct rendering *r, const struct template_node *n)
{
	size_t before = n->alone ? strlen(r->indent) : 0;

	if (r->partials == TEMPLATE_DEPTH || before + n->text.n >= INDENT_MAX)
		return err_set(r->e, ERR_LIMIT, "template %s: templates nest too deep",
			       n->name);
	if (n->text.n)
		memcpy(r->indent + before, n->text.p, n->text.n);
	r->indent[before + n->text.n] = '\0';
	return 0;
}

static int render_partial(struct rendering *r, const struct template *t,
			  const struct template_node *n)
{
	const struct template *partial = template_find(r->set, n->name);
	char outside[INDENT_MAX];
	int rc;

	if (!partial && r->mode == TEMPLATE_LENIENT)
		return 0;
	if (!partial)
		return err_set(r->e, ERR_BUG, "template %s: there is no template %s",
			       t->name, n->name);
	if (n->at_line_start && buf_puts(r->out, r->indent))
		return refuse_full(r);
	memcpy(outside, r->indent, sizeof(outside));
	rc = indent(r, n);
	r->partials++;
	if (!rc)
		rc = render(r, partial, 0, partial->n);
	r->partials--;
	memcpy(r->indent, outside, sizeof(outside));
	return rc;
}

static int render_node(struct rendering *r, const struct template *t,
		       const struct template_node *n)
{
	switch (n->kind) {
	case NODE_TEXT:
		return render_text(r, n);
	case NODE_VALUE:
	case NODE_URL:
		return render_value(r, t, n);
	case NODE_PARTIAL:
		return render_partial(r, t, n);
	default:
		return render_section(r, t, n);
	}
}

static int render(struct rendering *r, const struct template *t, size_t from,
		  size_t to)
{
	r->steps += to - from + 1;
	if (r->steps > TEMPLATE_STEPS)
		return err_set(r->e, ERR_LIMIT, "template %s does not come to an end",
			       t->name);
	for (size_t i = from; i < to;) {
		const struct template_node *n = &t->nodes[i];

		if (render_node(r, t, n))
			return -1;
		i = n->kind == NODE_SECTION || n->kind == NODE_INVERTED ? n->end : i + 1;
	}
	return 0;
}

int template_render(const struct template_set *s, const char *name,
		    json_object *view, enum template_mode mode, struct buf *out,
		    struct err *e)
{
	const struct template *t = template_find(s, name);
	struct rendering r = {
		.set = s, .mode = mode, .stack = { view }, .depth = 1, .out = out,
		.e = e,
	};

	if (!t)
		return err_set(e, ERR_BUG, "there is no template %s", name);
	return render(&r, t, 0, t->n);
}
