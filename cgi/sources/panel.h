#ifndef SOURCES_PANEL_H
#define SOURCES_PANEL_H

#include "sources/world.h"

/*
 * Another server by the word of its panel, through w->ops->whm: its name and
 * addresses, its domains with their accounts, and how cPanel routes each. Fills
 * what addresses_gather, lists_gather and whm_ask_routing fill from files and
 * commands, with LINE_OF_PANEL for a line, f->panel, and the states of DOMAINS,
 * FILES, OWNERS, ADDRESSES and WHM.
 *
 * Asked as seldom as the API allows: one batch for the server, pages of
 * PANEL_PAGE domains, then up to PANEL_ACCOUNTS_MAX accounts in a batch (fewer
 * where the server is slow or they have many domains). A list that changes
 * between its pages is read again. An account that is not answered leaves its
 * domains `untold`, each UNKNOWN; when none is, DOMAINS has failed.
 */
#define PANEL_PAGE 10000
#define PANEL_DOMAINS_MAX 1000000
#define PANEL_ADDRESSES_MAX 4096
#define PANEL_ACCOUNTS_FIRST 10
#define PANEL_ACCOUNTS_MAX 50
#define PANEL_ROWS_MAX 4000	/* domains whose routing one batch may bring */

struct panel_wish {
	const char *const *domains;	/* judged though the panel has them not */
	size_t ndomains;
	const char *const *only;	/* these alone, NULL-ended; or NULL */
	const struct ip *addresses;	/* declared to be that server's */
	size_t naddresses;
	void (*progress)(void *ctx, size_t done, size_t total);	/* accounts; or NULL */
	void *ctx;
};

void panel_gather(struct world *w, const struct panel_wish *wish, struct facts *f,
		  struct arena *a);

#endif
