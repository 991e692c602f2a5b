#ifndef MAIL_FORWARD_GRAPH_H
#define MAIL_FORWARD_GRAPH_H

#include "base/map.h"
#include "base/text.h"
#include "core/forwarding.h"

/*
 * The graph of forwarders, made file by file and then searched for circles, both in
 * time linear in its size. Of two lines for an address the first counts, as in
 * Exim's lookup; a key that is no address of the file's domain matches nothing.
 */
struct forward_builder {
	struct arena *arena;		/* of what out gets */
	struct arena *aside;		/* of what is needed to build it */
	const struct map *local;	/* domains of /etc/localdomains, lower case */
	struct map by_name;
	struct forward_node *nodes;
	struct forward_edge *edges;
	struct forward_facts *out;
	size_t cap_nodes, cap_edges;
	unsigned odd;			/* lines that could not be read */
	bool other;			/* lines of other servers were taken */
};

void forward_begin(struct forward_builder *b, struct arena *a, struct arena *aside,
		   unsigned long seed, const struct map *local, struct forward_facts *out);
/* Room for so many lines at once: a server has a million. */
void forward_reserve(struct forward_builder *b, size_t lines);
/* lines as mail/file_pack gives them. False: FORWARD_EDGES_MAX is reached. */
bool forward_take_file(struct forward_builder *b, const char *domain, struct slice lines);
/* The same of another server's file. Nothing is taken of a domain that is here,, no
 * default address, since which mailboxes there are is not known, and of targets the
 * addresses alone. */
bool forward_take_other(struct forward_builder *b, const char *domain, struct slice lines);
/* Everything is in: out gets the graph and its circles. */
void forward_settle(struct forward_builder *b);

/* Its number in nodes; made when it is new. name has an '@'. */
uint32_t forward_node(struct forward_builder *b, const char *name);
/* An edge to an address, or with the printable text of what is none. */
struct forward_edge forward_edge_to(struct forward_builder *b, enum forward_kind kind,
				    const char *address, struct slice text);

/* The node of an address, or of "*@domain"; NULL: no line has to do with it. */
const struct forward_node *forward_find(const struct forward_builder *b, const char *name);

#endif
