#ifndef RENDER_DOMAIN_ROWS_H
#define RENDER_DOMAIN_ROWS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "core/facts.h"

/*
 * Every domain of a server in brief, for a table of 100,000: a line each, its
 * fields apart by tabs, in the order of the names. As JSON it is one text, for so
 * many objects would take a hundred times the memory.
 */
struct domain_row {
	const char *name;
	const char *owner, *reseller;	/* or NULL */
	const char *route;	/* "local", "remote", "secondary", "several", "none"; NULL:
				 * it was changed since, and the next scan will say */
	const char *side;	/* of its exchangers: "here", "backup", "elsewhere",
				 * "none", "unknown" */
	const char *exchanger, *provider;	/* of the one that decides, and its title; or NULL */
	bool judged;		/* false: a source was missing, nothing is known */
};

#define DOMAIN_ROWS_MAX ((size_t)128 << 20)	/* bytes of text */

/* All of a scan as that text. */
json_object *domain_rows_text(const struct facts *f);
/* -1: the text is full. */
int domain_row_write(const struct domain_row *row, struct buf *out);
/* The line without its LF, copied into a; false: it is none of ours. */
bool domain_row_read(struct slice line, struct arena *a, struct domain_row *out);

#endif
