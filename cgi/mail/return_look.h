#ifndef MAIL_RETURN_LOOK_H
#define MAIL_RETURN_LOOK_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * Mail that came back, by exim_mainlog: a message that was forwarded to an address of
 * another server arrived again, with the same Message-ID and from the very host that it had
 * gone to, and left again for the same address. Twice at least: a host may send one message
 * twice by mistake. Message-IDs are strangers' words, and a host can make its own come
 * back: what this says is that mail goes to and fro between two hosts.
 *
 * Of arrivals and departures the last RETURN_SLOTS or fewer are remembered.
 */
#define RETURN_SLOTS 4096u
#define RETURNS_REMEMBERED 100

struct return_look;

/* utc as in mail/arrivals.h; f->forwarding must be known: without a forwarder that leaves
 * this server nothing is looked for. Fills its returns. */
struct return_look *return_look_new(struct facts *f, struct arena *a,
				    int64_t (*utc)(int64_t wall));
void return_look_line(struct return_look *l, struct slice line);

#endif
