#ifndef PRIV_SPOOL_H
#define PRIV_SPOOL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

/*
 * Bounces that lie frozen in Exim's queue. The queue's directory is Exim's own user's,
 * and what is in its files is strangers' text: a child that has become that user reads
 * them, copies them and puts them back; root only takes its answer. `exim -bp` is not
 * asked, since each call of it writes a line into Exim's log.
 */

/*
 * A memory file with the frozen messages of sender <> that have one recipient, the
 * oldest first, SPOOL_LISTED_MAX at most:
 *
 *	+1xVkoU-00003j-0q
 *	=HASH RECEIVED RECIPIENT	of ID-H, as below
 *	~ADDRESS			X-Failed-Recipients, if it has one
 *	>a line of its text, up to the copy of the message that comes back
 *	!more
 *
 * ERR_NOT_FOUND: there is no such queue.
 */
#define SPOOL_LISTED_MAX 200u
#define SPOOL_LIST_BYTES ((size_t)2 << 20)

int spool_list(struct err *e);

/* Of the message by that id a memory file with "frozen HASH RECIPIENT", HASH being
 * SHA-256 of ID-H, which holds sender, recipient and state; "removed"; or "other": it is no
 * frozen bounce. */
int spool_look(const char *id, struct err *e);

/* Both of its files, after a line that says how long they are, their modes and groups;
 * or a word as above. */
#define FROZEN_MESSAGE_MAX ((size_t)8 << 20)	/* bytes of ID-D that are copied */
#define SPOOL_COPY_MAX (FROZEN_MESSAGE_MAX + ((size_t)1 << 20) + 200)

int spool_copy(const char *id, struct err *e);

struct spool_file {
	struct slice text;
	mode_t mode;
	gid_t group;
};

/* ID-H and ID-D of a copy. */
bool spool_copy_read(struct slice copy_text, struct spool_file file[2]);

struct spool_back {
	const char *id;
	struct spool_file file[2];
};

/* Puts both back, where no message of that id is; "done" in a memory file. */
int spool_restore(const struct spool_back *b, struct err *e);

#define SPOOL_HASH 65
void spool_hash(char out[SPOOL_HASH], struct slice s);

#endif
