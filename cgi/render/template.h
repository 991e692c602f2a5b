#ifndef RENDER_TEMPLATE_H
#define RENDER_TEMPLATE_H

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/*
 * The Mustache language (mustache.5, specification 1.4) over the very JSON
 * object that the API returns:
 *
 *	{{name}}		text, HTML-escaped; right in text and inside "…"
 *	{{%name}}		one URL component, percent-encoded (RFC 3986): ours
 *	{{a.b}}  {{.}}		a member of a member; the present value itself
 *	{{#name}} … {{/name}}	once per element, or once if true; inside, the
 *				element's own members are looked up first
 *	{{^name}} … {{/name}}	if absent, null, false, 0, "" or empty
 *	{{>file}}		another template, indented as the tag is when it
 *				stands alone on its line
 *	{{! … }}		nothing
 *	{{=<% %>=}}		other delimiters, to the end of the template
 *
 * A line with nothing but one section, partial, comment or delimiter tag leaves
 * no empty line. There is no unescaped form: {{{name}}} and {{&name}} are
 * errors. In an attribute that holds an address only {{%name}} is right.
 * C0 controls other than tab, LF and CR are shown as U+FFFD.
 */
struct template_set;

enum template_mode {
	TEMPLATE_LENIENT,	/* an unknown name is empty, as Mustache says */
	TEMPLATE_STRICT,	/* … is an error: a misspelt template fails */
};

/* Nesting of sections in a template, of partials, and of values looked into. */
#define TEMPLATE_DEPTH	32
/* Texts and tags gone over in one rendering; past it templates run in circles. */
#define TEMPLATE_STEPS	1000000

struct template_set *template_set_new(void);
void template_set_free(struct template_set *s);

/* Adds text, which is copied, under a name that is not taken yet. Malformed
 * text is ERR_BUG with its name and line; nothing is added then. */
int template_set_add(struct template_set *s, const char *name, struct slice text,
		     struct err *e);
/* Every NAME.html in dir, and in dir/partials, as NAME. */
int template_set_load(struct template_set *s, const char *dir, struct err *e);

/*
 * Adds the rendered template to out. The view is read only, so threads may
 * share one and its set. On failure (unknown template, a list where a text is
 * wanted, too deep, out is full) out holds what was written before.
 */
int template_render(const struct template_set *s, const char *name,
		    json_object *view, enum template_mode mode, struct buf *out,
		    struct err *e);

#endif
