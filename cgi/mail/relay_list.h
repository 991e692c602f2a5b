#ifndef MAIL_RELAY_LIST_H
#define MAIL_RELAY_LIST_H

#include "base/arena.h"
#include "core/relay.h"
#include "base/text.h"

/*
 * A list of client addresses as Exim's iplsearch reads it (specification, chapter
 * 9.3): a line's key ends at ':' or white space, or is quoted, as IPv6 has to be;
 * '#' begins a comment; it is an address or a network with its prefix. Also an IPv6
 * network as a plain line, which a list by file name takes. Whatever is no network
 * is passed over.
 */
struct relay_entry {
	unsigned line;
	struct slice key, whole;	/* the line */
	struct fw_net net;
	unsigned prefix;
};

struct relay_list {
	struct slice rest;
	unsigned line;
};

/* The next entry; false at the end. */
bool relay_list_next(struct relay_list *l, struct relay_entry *out);

bool relay_is_wide(const struct relay_entry *x);
/* One address of one host. */
bool relay_is_single(const struct relay_net *x);

/* Adds the wide networks of a file to what is there. */
void relay_list_wide(struct slice text, const char *path, struct arena *a,
		     struct relay_facts *out, size_t *cap);
/* The same of its single addresses, but those that we have put there for a while. */
void relay_list_singles(struct slice text, const char *path, struct arena *a,
			struct relay_facts *out, size_t *cap);

/* An address in it that no host on earth has, or that is no network's first. Of one
 * address that. */
struct ip relay_address_in(const struct relay_net *x);

#endif
