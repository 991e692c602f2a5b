#ifndef MAIL_ROUND_LOOK_H
#define MAIL_ROUND_LOOK_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * Mail that went round between servers, by exim_mainlog: failures whose cause is a
 * loop (too many "Received" headers here, a hop count at the other end), by the
 * address that the message came for. Strangers choose these addresses: the first
 * ROUNDS_REMEMBERED are counted, the others are not.
 */
#define ROUNDS_REMEMBERED 200

struct round_look;

/* utc as in mail/arrivals.h; fills f->forwarding.rounds. */
struct round_look *round_look_new(struct facts *f, struct arena *a,
				  int64_t (*utc)(int64_t wall));
void round_look_line(struct round_look *l, struct slice line);

#endif
