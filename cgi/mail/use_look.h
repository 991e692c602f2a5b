#ifndef MAIL_USE_LOOK_H
#define MAIL_USE_LOOK_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * When a forwarder's line was used last, by exim_mainlog: a delivery or a failure names
 * the address that the message came for and those in between (all_parents). Of default
 * addresses it is not known which line it was. Those in circles are looked for first, then
 * the others, as long as there is room.
 */
#define USES_WATCHED 5000

struct use_look;

/* utc as in mail/arrivals.h; f->forwarding must be known, and gets its uses. */
struct use_look *use_look_new(struct facts *f, struct arena *a, int64_t (*utc)(int64_t wall));
void use_look_line(struct use_look *l, struct slice line);
/* All lines were given: f->log_from is known. */
void use_look_end(struct use_look *l);

/* "; last used at 2026-11-24 05:19 UTC", or since when it was not; "": it was not
 * watched, or there was no log. */
const char *forward_use_text(const struct forward_facts *f, const struct forward_node *n,
			     struct arena *a);
/* 0: not known, or not since the log begins. */
int64_t forward_used(const struct forward_facts *f, const struct forward_node *n);

#endif
