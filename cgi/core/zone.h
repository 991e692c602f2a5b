#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * Who keeps a domain's records, and what each says about its MX: the name
 * servers that the public DNS delegates it to, the zone kept on this server,
 * and the resolver that this server's programs ask. By name only; whose the
 * exchangers are is in struct domain.
 */

struct mx_record {
	uint16_t preference;
	const char *host;	/* lower case; ".": takes no mail (RFC 7505) */
};

/* One answer to the question for a domain's MX records. */
struct mx_set {
	enum dns_status status;	/* DNS_UNASKED: nobody was asked */
	const struct mx_record *records;	/* by preference, then host */
	size_t n;
	const char *alias;	/* the name is an alias (CNAME) of this; or NULL */
	const char *apex;	/* the zone that answered, by its SOA; or NULL */
	uint32_t serial;	/* of that zone */
};

/* There is an answer that the records, or their absence, can be read from. */
bool mx_set_known(const struct mx_set *s);
/* Both known, and the same records; "no such name" equals "no such record". */
bool mx_set_equal(const struct mx_set *a, const struct mx_set *b);
/* "10 mail.shop.example, 20 backup.example", or why there are none. */
const char *mx_set_text(struct arena *a, const struct mx_set *s);
/* What the resolver said about d, from what was gathered of it. */
struct mx_set mx_set_of_domain(struct arena *a, const struct domain *d);

enum server_state {
	SERVER_UNASKED,
	SERVER_SILENT,	/* unreachable, or no answer in time */
	SERVER_LAME,	/* answers, but does not keep the zone */
	SERVER_ANSWERS,
};

struct name_server {
	const char *name;
	struct ip ip;		/* the one that was asked */
	bool ours;
	enum server_state state;
	enum dns_status status;	/* of a silent or lame one: what came instead */
	struct mx_set says;
};

struct zone {
	/* Those of the delegation that have an address. */
	struct name_server *servers;
	size_t nservers;
	const char *keeper;	/* their registrable domain: "dns-host.example" */
	bool delegated_here;	/* one of them is this server */
	bool disagree;		/* they do not all say the same */
	struct mx_set delegated;	/* what those that answer agree on */
	const char *why;	/* delegated is not known: a clause */

	struct mx_set here;	/* the zone kept here; DNS_UNASKED: none is */
	/* Before the delegated answer took its place; DNS_UNASKED: another server
	 * is judged, whose resolver nobody can ask. */
	struct mx_set resolver;
	bool resolver_is_own;	/* that was this server's own zone speaking */
};

/* The resolver answered from the zone kept here, and that is not what the
 * delegated name servers say. z may be NULL. */
bool zone_misleads(const struct zone *z);

/* Every server of the delegation answered, with the serial of the zone kept
 * here, which therefore is the one that the world sees. */
bool zone_is_ours_alone(const struct zone *z);

#endif
