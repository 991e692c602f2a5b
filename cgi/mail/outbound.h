#ifndef MAIL_OUTBOUND_H
#define MAIL_OUTBOUND_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * What exim_mainlog says of connections that go out, line by line, the oldest
 * first: deliveries by a transport whose name ends in remote_smtp, deferrals
 * and the host errors before them ("H=name [ip] Connection timed out"). Fills
 * f->ports.log: only port 25 counts, and of our own addresses none does.
 *
 * A filtered port is told in two ways: "Connection timed out" at once where TCP
 * Fast Open is off, and after two minutes "SMTP timeout after initial
 * connection" where it is on.
 */
struct outbound_look;

/* utc as in mail/arrivals.h; f->now and f->own must be known. */
struct outbound_look *outbound_look_new(struct facts *f, struct arena *a,
					int64_t (*utc)(int64_t wall));
void outbound_look_line(struct outbound_look *l, struct slice line);

/* A host error that would be counted: it names a server and why it could not be
 * reached, nothing that a client said. */
bool outbound_is_failure(struct slice line);

#endif
