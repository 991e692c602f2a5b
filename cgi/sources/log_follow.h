#ifndef SOURCES_LOG_FOLLOW_H
#define SOURCES_LOG_FOLLOW_H

#include "sources/log_store.h"

/*
 * Reads on in logs where the look before stopped, and counts what is new. Whether
 * a log was renamed, packed, copied and truncated since, or begun anew: each of its
 * lines is counted once. A last line that has no line feed yet waits for it.
 *
 * A mark's file is the one whose text begins with the same bytes. One that is
 * shorter than what was read of it has nothing new, except that a file which was
 * cut in place goes on at its end. At most LOG_FOLLOW_MAX bytes of a file are read
 * in one look, the rest in the next ones; a plain one that is longer and was never
 * seen is entered so far before its end. What was written last more than LOG_DAYS
 * ago is passed over.
 */
#define LOG_FOLLOW_MAX ((uint64_t)1 << 30)

struct log_source {
	enum log_kind kind;
	int fd;			/* stays the caller's */
	const char *name;	/* as errors call it */
};

/*
 * The sources, the oldest first. What cannot be read is logged and left for the next
 * time. today: by the log's own clock. -1 with e: nothing was counted.
 */
int log_follow(struct log_store *s, const struct log_source *sources, size_t n,
	       int32_t today, struct err *e);

#endif
