#ifndef PRIV_JOURNAL_H
#define PRIV_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "priv/entry.h"

/*
 * One file an entry in PATH_JOURNAL, named by its id (whose order is the order
 * of time), replaced whole: temporary file, fsync, rename, fsync of the
 * directory. Whoever writes holds the change lock; readers see an old or a new
 * entry, never half of one. The newest JOURNAL_MAX entries are kept, and every
 * open one.
 */
#define JOURNAL_MAX 10000

int journal_new_id(char out[32], struct err *e);
int journal_write(const struct entry *x, struct err *e);
int journal_read(struct entry *x, const char *id, struct err *e);
/* All ids, newest first, in a. */
int journal_ids(struct arena *a, char ***ids, size_t *n, struct err *e);
/* Still at work, or left by a helper that died: PREPARED, an undo begun, or
 * DONE and nobody has read the state anew. */
bool journal_is_open(const struct entry *x);
/* Removes what is older than the newest JOURNAL_MAX and closed. */
void journal_prune(void);

#endif
