#ifndef ENGINE_SETUP_H
#define ENGINE_SETUP_H

#include "mail/client_setup.h"
#include "sources/world.h"

/*
 * The set-up of a mail program for the domain (lower case), from conversations with this
 * server's own ports. *of is the domain, in f; -1 with ERR_NOT_FOUND where its mailboxes
 * are not on this server, or why the ports could not be looked at.
 */
int setup_look(struct world *w, const char *domain, struct arena *a, struct facts *f,
	       const struct domain **of, struct client_setup *out, struct err *e);

#endif
