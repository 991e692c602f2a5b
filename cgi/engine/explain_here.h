#ifndef ENGINE_EXPLAIN_HERE_H
#define ENGINE_EXPLAIN_HERE_H

#include "mail/explanation_here.h"
#include "sources/world.h"

/*
 * Looks at the server for what a text is about: the domains of its recipient and
 * sender, Exim's route and verdict, the client's address, accounts on hold. What the
 * text claims is looked up and never taken for true; a text from another server
 * moves nothing.
 *
 * reseller NULL: the administrator asks. To a reseller nothing is told but of domains
 * that he owns by /etc/trueuserowners now: another's is never looked up, so that the
 * answer is the same as about one that is not here. What leads to others (forwarders,
 * Exim's route and verdict, clients) is not looked up at all, and "missing" says so.
 */
void explain_here(struct world *w, const char *reseller, const struct explanation *x,
		  struct arena *a, struct explanation_here *out);

#endif
