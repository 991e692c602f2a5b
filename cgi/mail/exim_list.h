#ifndef MAIL_EXIM_LIST_H
#define MAIL_EXIM_LIST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * What `exim -bP +local_domains +relay_domains …` prints, and which domain
 * files a named list looks up. The value is printed after macro expansion but
 * not string-expanded. Whatever is not understood counts as "does not read":
 * then nothing is changed on the strength of that file.
 */

/* The definition of the domain list `name` ("local_domains"), copied to a:
 * the text after '='. NULL when Exim does not know the list, or hides it. */
const char *exim_list_definition(struct slice bp, const char *name,
				 struct arena *a);
/* The value of a main option ("primary_hostname"). NULL when not printed. */
const char *exim_option(struct slice bp, const char *name, struct arena *a);

/*
 * One list, item by item (chapter 6.21): first its separator, ':' unless "<;"
 * or "< ;" at the start names another one, then the items, trimmed. A doubled
 * separator stands for itself and is left doubled.
 */
char exim_list_separator(struct slice *list);
struct slice exim_list_item(struct slice *rest, char separator);

struct exim_reads {
	bool reads[NLISTS];	/* a domain in the file is in the list */
	/* The file is looked up so that names which are not lines of it match
	 * as well: wildlsearch, nwildlsearch, partial-, lsearch* . */
	bool loose[NLISTS];
	bool names_host;	/* "@", or the primary host name in one way or another */
	struct slice wild;	/* the first item that is a pattern: "*", "*.d", "^…" */
};

/* Which of the three files the list `name` looks up; "+other" is followed when
 * bp prints that list as well. A negated item ("! lsearch;…") does not read. */
void exim_list_reads(struct slice bp, const char *name, struct exim_reads *out);

/* The separator of a list, which "<;" at its beginning names (chapter 6.21); that
 * is taken off. */
char exim_list_separator(struct slice *list);
/* The next item, taken off *rest, its doubled separators as they stand. */
struct slice exim_list_item(struct slice *rest, char separator);

/* Version of `exim -bV` ("4.96"), and the configuration file it names last.
 * NULL when the text does not say. */
const char *exim_version(struct slice bv, struct arena *a);
const char *exim_config_file(struct slice bv, struct arena *a);

#endif
