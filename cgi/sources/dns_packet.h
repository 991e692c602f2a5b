#ifndef SOURCES_DNS_PACKET_H
#define SOURCES_DNS_PACKET_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "core/facts.h"
#include "sources/world.h"

/*
 * One reader of raw DNS answers (RFC 1035), over libresolv's ns_initparse and
 * ns_parserr, so that every release of the resolver library gives the same
 * facts. The packet is a stranger's: what does not fit is DNS_MALFORMED, which
 * is never taken for "no such record".
 */
#define DNS_NAME_MAX NS_MAXDNAME	/* escaped text and its NUL */
#define DNS_RECORDS_MAX 100	/* more of the type asked for: DNS_MALFORMED */
#define DNS_CHAIN_MAX 12	/* more aliases in one answer: DNS_MALFORMED */

/* Names are lower case without a trailing dot, the root is "."; bytes that are
 * not printable are \DDD, RFC 1035's special ones have a backslash. A name is
 * a host name only if text_is_domain says so. */
struct dns_record {
	struct ip ip;			/* A, AAAA */
	uint16_t preference;		/* MX */
	char name[DNS_NAME_MAX];	/* MX: the exchange; NS: the server; PTR: the host */
};

/* Large (100 KiB): keep one and use it again. */
struct dns_answer {
	enum dns_status status;
	bool authoritative;	/* the AA bit */
	uint32_t ttl;		/* least of the chain and the records; of an
				 * answer without records the zone's negative TTL */
	char alias_of[DNS_NAME_MAX];	/* where a CNAME chain ends; "" without one */
	/* The zone that answered, by its SOA: an answer to a question for the SOA
	 * and an answer without records have it; "" otherwise. */
	char zone[DNS_NAME_MAX];
	uint32_t serial;
	size_t n;		/* records; at least one iff DNS_OK */
	struct dns_record records[DNS_RECORDS_MAX];
};

/*
 * Reads the answer to q, whose type is ns_t_mx, ns_t_ns, ns_t_ptr, ns_t_soa,
 * ns_t_a or ns_t_aaaa. Only records of that type at the end of the CNAME chain
 * count; a chain in a circle is DNS_MALFORMED, and so is a referral or a chain that leads out of what the
 * server knows: a resolver would have followed it.
 */
void dns_packet_parse(const unsigned char *packet, size_t n,
		      const struct dns_question *q, struct dns_answer *out);

/* The same for what a batch got: without a packet (NULL) it is what status says. */
void dns_answer_read(struct dns_answer *out, const struct dns_question *q,
		     enum dns_status status, const unsigned char *packet, size_t n);

/*
 * Whom a name server that does not know the answer itself points to (RFC 1034,
 * 4.2.1): the zone that it delegated, that zone's name servers, and their
 * addresses as far as it gave them. Servers past DNS_REFERRAL_MAX are left out.
 */
#define DNS_REFERRAL_MAX 13

struct dns_referral {
	char zone[DNS_NAME_MAX];
	size_t n;
	struct {
		char name[DNS_NAME_MAX];
		struct ip v4, v6;	/* family 0: not given */
	} servers[DNS_REFERRAL_MAX];
};

/* False when the packet is no referral to the zone of q's name or one above. */
bool dns_packet_referral(const unsigned char *packet, size_t n,
			 const struct dns_question *q, struct dns_referral *out);

#endif
