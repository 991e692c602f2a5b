#ifndef RENDER_TEMPLATE_TREE_H
#define RENDER_TEMPLATE_TREE_H

#include <stdbool.h>

#include "base/arena.h"
#include "render/template.h"

/* What the three files of render/template share; nobody else includes it. */

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_URL, NODE_SECTION, NODE_INVERTED,
	NODE_PARTIAL };

/* Nodes stand in the order of the text; a section's body follows it. */
struct template_node {
	enum node_kind kind;
	bool at_line_start;		/* a partial's indentation goes before it */
	bool alone;			/* PARTIAL: on its line */
	struct slice text;		/* TEXT; PARTIAL: its indentation */
	const char *name;		/* as written */
	const char *const *path;	/* its parts, NULL-ended; "." has none */
	size_t end;			/* SECTION, INVERTED: the node after the body */
};

struct template {
	const char *name;
	struct template_node *nodes;
	size_t n, cap;
	struct template *next;
};

struct template_set {
	struct arena arena;
	struct template *first;
};

const struct template *template_find(const struct template_set *s,
				     const char *name);	/* or NULL */

/* The nodes of text, which lives as long as a does. */
int template_parse(struct arena *a, const char *name, struct slice text,
		   struct template *out, struct err *e);

#endif
