#ifndef PRIV_TICKET_H
#define PRIV_TICKET_H

#include "base/err.h"
#include "priv/caller.h"

/*
 * 128 random bits that a door (root) gets for one changing request of a WHM
 * user and the front hands back: with it comes whom cpsrvd had logged in, at
 * which door and from where, so that none of this is the front's word. A file
 * in PATH_TICKETS, named by the ticket; taken once, within TICKET_SECONDS.
 */
#define TICKET_SECONDS 60

int ticket_make(const char *door, const char *login, const char *from,
		char out[33], struct err *e);
/* ERR_DENIED, in one sentence for all causes: unknown, used, too old. */
int ticket_take(const char *ticket, struct caller *c, struct err *e);

#endif
