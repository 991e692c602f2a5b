#ifndef CORE_MUTE_H
#define CORE_MUTE_H

#include "core/facts.h"
#include "core/finding.h"

/*
 * Findings that the administrator does not want to be counted for a while. A muted
 * one is never taken away: it stands among the others, with who muted it, why and
 * until when. It counts again after that day (UTC), and at once when it is not what
 * was muted any more: when its severity or its sentence is another one.
 */
#define MUTE_MARK 17		/* a mark and its NUL */

/* What a finding says, as 16 hex digits. Numbers and days that stand alone in the
 * sentence do not count: "12 mails" may become 13. */
const char *mute_mark(char out[MUTE_MARK], enum severity s, const char *text);

/* Sets `muted` of the findings that f's mutes are for, and counts them apart. */
void mutes_apply(const struct facts *f, struct report *r);

#endif
