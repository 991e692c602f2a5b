#ifndef PRIV_JOB_H
#define PRIV_JOB_H

#include <stddef.h>

#include "base/arena.h"
#include "priv/change.h"

/*
 * A job over many: begun by a verb, which answers with its entry's id, and done
 * by the same process after that answer, whatever becomes of the one who asked.
 * Each row is the change (or undo) that it would be alone, under the lock for
 * that row only, for the caller as he is at that moment; between two rows others
 * have their turn, and the job ends there when it is asked to (session.h), or
 * when the journal takes nothing more. The conversation ends with it.
 */
struct job;

/* Takes the rows, which have been checked, over into its own memory. */
int job_begin(struct change *c, struct ask *a, const struct priv_row *rows,
	      size_t n, struct err *e);
/* Undoes the rows of this job that stand, newest first. */
int job_begin_undo(struct change *c, struct ask *a, struct entry *parent,
		   struct err *e);
void job_run(struct job *j);

/* A job's entry that this caller may decide about. */
int job_find(struct ask *a, struct entry *parent, struct err *e);

/* Each row that this job came to, newest first; -1: not all could be looked for. */
int job_each_row(const struct entry *parent,
		 void (*take)(void *ctx, const struct entry *row), void *ctx,
		 struct err *e);

/* Writes the counts into its fields and the state that follows from them. */
int job_count(struct entry *parent, struct err *e);

#endif
