#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>

/*
 * Shares n pieces of work out to as many threads as there are processors, at most
 * PARALLEL_MAX; the caller's own is one of them, and the only one where no other can
 * be had. each(ctx, i, thread) is called once for every i, in no order, with `thread`
 * below parallel_threads(): what a piece makes goes where no other thread writes.
 * Returns when all are done; what they wrote is then seen by the caller.
 */
#define PARALLEL_MAX 4

unsigned parallel_threads(void);	/* 1 .. PARALLEL_MAX */
void parallel_run(size_t n, void (*each)(void *ctx, size_t i, unsigned thread), void *ctx);

#endif
