#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include "engine/scan.h"

/*
 * Since when each finding stands, and which ones are gone, from scan to scan, in a
 * database of the scan's account (w->state_dir; without one nothing is known).
 *
 * A finding that a scan does not have is gone only when that scan could have found
 * it: its check was run with all its sources, and nothing about the same subject
 * is unknown. Otherwise it stays as it was. Only scans of a whole server count.
 * What is gone is kept for HISTORY_DAYS and HISTORY_GONE_MAX findings.
 */
#define HISTORY_DAYS 30
#define HISTORY_GONE_MAX 10000
/* How long a finding that appeared is new, and one that is gone is shown. */
#define HISTORY_NEWS 86400
#define HISTORY_GONE_SHOWN 200

struct history;

/* Reads what the scans before this one knew, of which nothing in f is needed but the
 * time: any thread may do it. NULL: nothing is kept, which is logged where something
 * should be. o and f must live as long as what is returned, which history_note gives
 * back with a. */
struct history *history_open(struct world *w, const struct scan_options *o,
			     const struct facts *f);
/* Sets first_seen, since and is_new of r's findings, and r->gone; all in a. False: there
 * is nothing to keep, h (which may be NULL) is done with. */
bool history_note(struct history *h, struct report *r, struct arena *a);
/* What was noted is on the disk when it returns, which waits for the disk alone: any
 * thread may do it, beside others that read r. h may be NULL. */
void history_keep(struct history *h);

#endif
