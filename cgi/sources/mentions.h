#ifndef SOURCES_MENTIONS_H
#define SOURCES_MENTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * Everything that the server's files say of its domains, one mention after the
 * other, and then in the order of the names: so the domains can be put together
 * one after the other, which for 100,000 of them takes a third of the time of
 * looking each name up. There are hundreds of thousands, so they are small: names
 * stay in the texts they were read from.
 */
enum mention_kind {
	MENTION_MEMBER,		/* a line of a list that counts */
	MENTION_UNUSABLE,	/* one that does not; what: why */
	MENTION_OWNER,		/* what: the account, NULL: no account's name */
	MENTION_ASKED,		/* somebody wants to know of it */
};

/* The texts: one for each list, and that of the owners. */
enum { MENTION_OWNERS = 3, MENTION_TEXTS };

/* One as it is kept. */
struct mention {
	uint64_t start;		/* of the name, as far as it decides most comparisons */
	uint32_t at;		/* of the name in its text; of an odd one its number */
	uint32_t line : 27, text : 2, odd : 1;	/* an owner's line: where the owner is */
};

struct mention_told {
	const char *name, *what;
	unsigned line, list;
	enum mention_kind kind;
};

struct mentions {
	struct arena arena;
	const char *text[MENTION_TEXTS];	/* in which names stand; at most 64 MiB each */
	struct mention *all;		/* as they were added; then as they were sorted */
	struct mention_told *odd;	/* whose names stand elsewhere, or that say more */
	size_t n, cap, nodd, cap_odd;
};

/* Room for n more; 0: as they come. */
void mentions_reserve(struct mentions *s, size_t n);
/* A member of the list, at that line; its name stands in text[list]. */
void mentions_add_member(struct mentions *s, const char *name, unsigned list, unsigned line);
/* Both stand in text[MENTION_OWNERS], the owner behind the name; NULL: no account. */
void mentions_add_owner(struct mentions *s, const char *name, const char *owner);
/* Any other: name and what must live as long as the mentions. */
void mentions_add_odd(struct mentions *s, struct mention_told m);
/* By name; those of one name in the order in which they were added. */
void mentions_sort(struct mentions *s);
void mentions_free(struct mentions *s);

static inline const char *mention_name(const struct mentions *s, const struct mention *m)
{
	return m->odd ? s->odd[m->at].name : s->text[m->text] + m->at;
}

static inline struct mention_told mention_tell(const struct mentions *s,
					       const struct mention *m)
{
	const char *text = s->text[m->text];

	if (m->odd)
		return s->odd[m->at];
	if (m->text == MENTION_OWNERS)
		return (struct mention_told){
			.name = text + m->at, .kind = MENTION_OWNER,
			.what = m->line ? text + m->line : NULL,
		};
	return (struct mention_told){
		.name = text + m->at, .kind = MENTION_MEMBER, .list = m->text, .line = m->line,
	};
}

#endif
