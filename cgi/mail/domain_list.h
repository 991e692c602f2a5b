#ifndef MAIL_DOMAIN_LIST_H
#define MAIL_DOMAIN_LIST_H

#include <stdbool.h>

#include "base/text.h"

/*
 * A file of domains (/etc/localdomains, …) as Exim's lsearch matches it
 * (specification chapter 9.5, src/lookups/lsearch.c; measured with 4.96): the
 * key is what stands at the start of a line up to ':' or white space, or is
 * quoted; case does not matter, a CR or a value after the key does no harm.
 * Blank lines and lines beginning with '#' are nothing; a line beginning with
 * white space continues the one before and is never a key. A key matches only
 * as a whole: with a byte order mark or a trailing dot it matches nothing, and
 * neither does "*". A NUL byte ends a line for Exim and makes it pass over the
 * line that follows.
 *
 * Bytes of any kind are read; nothing is allocated.
 */
struct domain_list {
	struct slice rest;	/* what is still to be read */
	unsigned line;		/* of the entry given last, 1-based */
	struct slice spare;	/* further words of that line */
	bool swallow;		/* the next line continues a broken one */
};

enum domain_list_kind {
	LIST_ENTRY_MEMBER,	/* Exim matches this domain */
	LIST_ENTRY_UNUSABLE,	/* names a domain that Exim does not match here */
	LIST_ENTRY_WILDCARD,	/* "*" or "*.d": inert in a plain lsearch */
};

#define DOMAIN_TEXT_MAX 254

struct domain_list_entry {
	enum domain_list_kind kind;
	unsigned line;
	/* Lower case. A member: the domain. Unusable: the domain that was meant,
	 * "" when that cannot be told. Wildcard: "". */
	char domain[DOMAIN_TEXT_MAX];
	const char *why;	/* unless a member: a clause, "the name ends in a dot" */
	struct slice text;	/* the line, or that word of it; any bytes */
};

/* Ready to read text, which must outlive it. */
void domain_list_init(struct domain_list *l, struct slice text);
/* The next line that says something, false at the end. A line that names
 * several domains gives several entries: only the first of them can match. */
bool domain_list_next(struct domain_list *l, struct domain_list_entry *out);
/* How many lines were read so far, those that say nothing included. */
unsigned domain_list_lines(const struct domain_list *l);

#endif
