#ifndef ENGINE_BULK_PLAN_H
#define ENGINE_BULK_PLAN_H

#include "core/fix.h"
#include "engine/scan.h"

/* Findings that can be asked for in one bulk. */
#define BULK_MAX 1000

/* One finding of the selection: its plan, or why it is left out. */
struct bulk_row {
	const char *finding, *subject;
	const struct fix *fix;
	struct fix_input input;
	struct plan plan;
	const char *left_out;	/* NULL: it has a plan */
};

struct bulk_plan {
	struct facts facts;
	struct report report;
	struct bulk_row *rows;
	size_t n;
	bool whole;		/* all that was asked for it answered */
};

/*
 * One look at the domains that the findings name, and a plan for each: as in
 * preview.h, but no param is taken, and nothing is planned that asks for a word
 * or whose fix is applied one by one. Left out is, with its reason, what has no
 * plan. -1 only when a finding is none about a domain (ERR_INPUT). Everything
 * lives in a. progress and ctx as in scan_options.
 */
int bulk_plan_make(struct world *w, const char *const *findings, size_t n,
		   void (*progress)(void *ctx, const struct scan_progress *p),
		   void *ctx, struct arena *a, struct bulk_plan *out, struct err *e);

#endif
