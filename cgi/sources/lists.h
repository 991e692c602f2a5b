#ifndef SOURCES_LISTS_H
#define SOURCES_LISTS_H

#include "sources/world.h"

/*
 * The domains that are judged: those of userdomains, of the three lists, and
 * the `extra` ones; with `only` set (NULL-ended), those alone (whether or not a
 * file names them). Fills f->domains (sorted by name), f->list, f->userdomains,
 * f->faults, and the states of SOURCE_DOMAINS, SOURCE_FILES (there are files to
 * read) and SOURCE_OWNERS. Membership is what Exim's lookup matches
 * (mail/domain_list). /etc/remotedomains and /etc/secondarymx may be missing:
 * then nothing is a member.
 */
void lists_gather(struct world *w, const char *const *extra, size_t nextra,
		  const char *const *only, struct facts *f, struct arena *a);

/* The same in its steps. The two in the middle may be taken by two threads at a
 * time; w is used by the first alone. */
struct lists *lists_read(struct world *w, const char *const *extra, size_t nextra,
			 const char *const *only, struct facts *f, struct arena *a);
void lists_take_names(struct lists *l);
void lists_take_owners(struct lists *l);
void lists_put_together(struct lists *l);

#endif
