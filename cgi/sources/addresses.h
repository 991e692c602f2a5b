#ifndef SOURCES_ADDRESSES_H
#define SOURCES_ADDRESSES_H

#include "sources/world.h"

/*
 * Which addresses are this server's (facts->own): interfaces where the world
 * has them, else the panel's own lists (mainip, ips, domainips, wwwacct.conf);
 * both sides of every cpnat pair; the mail servers that the panel was told of as
 * its remote services (/etc/ips.remotemail); and those declared, here or in the
 * settings (f->declared). Loopback is nobody's.
 * Also the host name from wwwacct.conf where the world does not know it.
 * Sets the state of SOURCE_ADDRESSES: no address at all is a failure.
 */
void addresses_gather(struct world *w, const struct ip *declared,
		      size_t ndeclared, struct facts *f, struct arena *a);

/* Addresses, each once; loopback is left out. Start it with the arena alone. */
struct address_list {
	struct arena *arena;
	struct ip *ips;
	size_t n, cap;
};

void address_list_add(struct address_list *l, const struct ip *ip);

/* Every address that a line of such a file names goes to add(ctx, ip). What is
 * no address is passed over. */
void addresses_of_file(enum world_file file, struct slice text,
		       void (*add)(void *ctx, const struct ip *ip), void *ctx);

#endif
