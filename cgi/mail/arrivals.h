#ifndef MAIL_ARRIVALS_H
#define MAIL_ARRIVALS_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * Which domains get mail from other hosts, unauthenticated: the sign that
 * somebody delivers here on purpose, whatever the MX records say. Log lines go
 * in, oldest first; struct arrivals of the judged domains comes out.
 *
 * A message is foreign when its arrival names one client address that is
 * neither loopback nor this server's, and no A=. Its recipients are those named
 * on the arrival ("for …", log_selector +received_recipients), else those of
 * its delivery lines. The message ids of the last ARRIVALS_REMEMBERED foreign
 * messages are kept; a delivery that comes later than that is not counted.
 */
#define ARRIVALS_REMEMBERED 16384

/* A line that no log has: text was passed over here, so that what came before
 * is no part of the span. */
#define ARRIVALS_GAP "(text passed over)"
/* A log that says nothing for so long was switched off, is another log's
 * rotation, or had a clock that was wrong: the span begins anew. */
#define ARRIVALS_SILENCE (30 * 86400)

struct arrival_look;

/* f->domains must be filled and must not move; f->own must be known. `utc`
 * turns a log time without zone (its digits read as if UTC) into UTC; NULL: the
 * server's zone is UTC. */
struct arrival_look *arrival_look_new(struct facts *f, struct arena *a,
				      int64_t (*utc)(int64_t wall));
/* Also notes in f->relay which of its networks mail came from without a login, and
 * widens f->log_from and f->log_to, the unbroken span that was looked at, to the
 * line's time. */
void arrival_look_line(struct arrival_look *l, struct slice line);

/* After the last line: f->refused, the domains that are not judged and in which
 * recipients were refused (mail/refusals). */
void arrival_look_end(struct arrival_look *l);

#endif
