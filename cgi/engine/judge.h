#ifndef ENGINE_JUDGE_H
#define ENGINE_JUDGE_H

#include "core/check.h"

/* Verdicts and checks are pure, so they are shared out over the processors
 * (base/parallel.h). What is made is the same as one after the other. */

/* The routing of every domain, and of the others. */
void judge_domains(struct facts *f, struct arena *a);
/* Once nothing is added to the domains: which of them a check may have a word on. */
void judge_pick_notable(struct facts *f, struct arena *a);
/* checks_run. */
void judge_checks(const struct facts *f, const char *const *only, struct report *r);

#endif
