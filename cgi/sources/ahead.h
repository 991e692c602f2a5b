#ifndef SOURCES_AHEAD_H
#define SOURCES_AHEAD_H

#include "sources/world.h"

/*
 * Answers fetched before they are asked for, by a few threads at a time: a
 * command of the panel takes some tenths of a second, most of it its own start.
 * The helper takes eight conversations in all; these are AHEAD_THREADS of them.
 */
#define AHEAD_THREADS 3

struct ahead;

struct ahead *ahead_new(void);
void ahead_free(struct ahead *x);

/* Asks them all, as priv/client does; progress is called by this thread alone.
 * A question that could not be asked for want of a conversation has no answer. */
void ahead_ask(struct ahead *x, const struct world_question *q, size_t n,
	       void (*progress)(void *ctx, size_t done, size_t total), void *ctx);

/* 1: the answer of this question, in a, or its refusal (*rc is -1, with e); it is
 * forgotten. 0: there is none. */
int ahead_take(struct ahead *x, enum world_command c, const char *arg,
	       const char *arg2, struct arena *a, char **out, size_t *n, int *rc,
	       struct err *e);

#endif
