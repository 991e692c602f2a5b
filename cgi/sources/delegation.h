#ifndef SOURCES_DELEGATION_H
#define SOURCES_DELEGATION_H

#include "core/zone.h"
#include "sources/world.h"

/*
 * Finds the name servers that the public DNS delegates names to, and asks them
 * (RFC 1034, 5.3.3, begun as far down as the resolver can be believed): the
 * resolver says who keeps a zone above the name, unless that is its own zone
 * speaking; from there on the servers themselves are asked, RD=0, and
 * their referrals followed. Only an answer with AA is one. Addresses of name
 * servers come from referrals, or from the resolver where it does not speak
 * from its own zone, or are found in the same way.
 *
 * Limits, so that no zone can hold up a scan: servers a zone, servers in all,
 * referrals a name, rounds of questions, and time.
 */
#define DELEGATION_SERVERS 8
#define DELEGATION_SERVERS_TOTAL 256
#define DELEGATION_STEPS 8
#define DELEGATION_ROUNDS 16
#define DELEGATION_MS 25000

struct quest {
	const char *name;
	bool for_host;		/* its addresses; else its MX and serial */
	bool done;
	const char *why;	/* done, and there is no answer: a clause */

	struct name_server *servers;	/* that were asked at last */
	size_t nservers;

	/* for_host: */
	enum dns_status a, aaaa;
	struct ip *ips;
	size_t nips;
	const char *alias;	/* it is an alias of this; or NULL */

	struct quest_work *work;	/* delegation.c's own */
};

struct delegation *delegation_new(struct world *w, const struct facts *f,
				  bool resolver_is_own, struct arena *a);

/* What is to be found out; the same quest for the same name. own: the resolver
 * is known to answer from its own zone, so it is not asked first. */
struct quest *delegation_mx(struct delegation *d, const char *name);
struct quest *delegation_host(struct delegation *d, const char *name, bool own);

/* Until every quest is done or a limit is reached, which ends them too. */
void delegation_run(struct delegation *d);

#endif
