#ifndef SOURCES_MENTIONS_H
#define SOURCES_MENTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * Everything that the server's files say of its domains, one mention after the
 * other, and then in the order of the names: so the domains can be put together
 * one after the other, which for 100,000 of them takes a third of the time of
 * looking each name up.
 */
enum mention_kind {
	MENTION_MEMBER,		/* a line of a list that counts */
	MENTION_UNUSABLE,	/* one that does not; what: why */
	MENTION_OWNER,		/* what: the account */
	MENTION_ASKED,		/* somebody wants to know of it */
};

struct mention {
	const char *name;
	const char *what;
	unsigned line;
	unsigned char kind, list;
};

struct mention_place {
	uint64_t start;		/* of the name, as far as it decides most comparisons */
	uint32_t at;		/* in `all` */
};

struct mentions {
	struct arena arena;
	struct mention *all;			/* as they were added */
	struct mention_place *order;		/* as they were sorted */
	size_t n, cap;
};

/* Room for n more; 0: as they come. */
void mentions_reserve(struct mentions *s, size_t n);
/* name must live as long as the mentions; at most 2^32 are added. */
void mentions_add(struct mentions *s, struct mention m);
/* By name; those of one name in the order in which they were added. */
void mentions_sort(struct mentions *s);
void mentions_free(struct mentions *s);

#endif
