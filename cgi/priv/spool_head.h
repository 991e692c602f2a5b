#ifndef PRIV_SPOOL_HEAD_H
#define PRIV_SPOOL_HEAD_H

#include <stdbool.h>

#include "base/text.h"

/*
 * The envelope of a message in Exim's queue, its file ID-H (specification, chapter
 * "Format of spool files"): as Exim writes it of a bounce that it could not return.
 * Headers and ACL variables are strangers' text, and are stepped over by their lengths.
 */
struct spool_head {
	bool frozen;
	bool bounce;		/* the sender is <> */
	struct slice received;	/* seconds since 1970, digits */
	struct slice to;	/* the one recipient, still waiting */
	struct slice failed;	/* X-Failed-Recipients, in one line; empty: none */
};

/* False: it is not of that form, or has not exactly one recipient that still waits. */
bool spool_head_read(struct slice text, const char *id, struct spool_head *out);

/* "1xVkoU-00003j-0q", or longer since Exim 4.97: 6-11-4. */
bool spool_id_ok(const char *id);

#endif
