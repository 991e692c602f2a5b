#ifndef PRIV_SESSION_H
#define PRIV_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Whether the conversation that made a change is still going on: it holds the
 * flock of a file named like its first change, and the kernel lets go of it
 * however the helper ends. A change that is DONE and whose session has gone was
 * never looked at by the one who made it.
 */
struct session {
	int fd;
	char name[32];	/* "" before the first change */
};

#define SESSION_INIT { .fd = -1 }

/* Names the session after the change unless it has a name. */
int session_begin(struct session *s, const char *change, struct err *e);
void session_end(struct session *s);
bool session_lives(const char *name);

/* Asks the session's job to end after the row that is at work. ERR_STALE when
 * there is no such session any more. */
int session_ask_stop(const char *name, const char *by, struct err *e);
/* Who asked this one, in by; false: nobody. */
bool session_stop_asked(const struct session *s, char *by, size_t size);

#endif
