#ifndef SOURCES_DNS_KEPT_H
#define SOURCES_DNS_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * DNS answers as bytes, for the next scan: hosts, then the domains whose MX
 * records name them by number, both in the order of their names. The
 * bytes are a stranger's when they are read again: what does not fit ends the
 * reading, and nothing after it is believed.
 *
 *	host	name NUL, alias NUL, then of A and AAAA: answer, count (2 bytes), addresses
 *	domain	name NUL, answer, count (2 bytes), of each: preference (2), host (4)
 *	answer	status (1), authoritative (1), until (4); numbers in network order
 */
struct kept_answer {
	uint32_t until;			/* seconds since 1970; it holds before that */
	enum dns_status status : 8;	/* DNS_UNASKED: not kept */
	bool authoritative : 1;
};

struct kept_host {
	const char *name;
	const char *cname;		/* "" for none */
	struct kept_answer answer[2];	/* A, AAAA */
	const unsigned char *ips[2];	/* of 4 and 16 bytes each */
	size_t nips[2];
};

struct kept_mx {
	uint16_t preference;
	uint32_t host;
};

struct kept_domain {
	const char *name;	/* any bytes: to be compared with a name that is known */
	struct kept_answer answer;
	size_t nmx;		/* DNS_NODATA has one: the domain itself */
	const unsigned char *mx;
};

/* The next one of *rest, whose strings lie in it; false: the end, or nonsense. */
bool kept_host_next(struct slice *rest, struct kept_host *out);
/* Of nhosts hosts in all. */
bool kept_domain_next(struct slice *rest, size_t nhosts, struct kept_domain *out);
struct kept_mx kept_mx_at(const struct kept_domain *d, size_t i);

/* Of h its name, alias and addresses. */
void kept_host_put(struct buf *b, const struct mx_host *h,
		   const struct kept_answer answer[2]);
/* Followed by nmx kept_mx_put. */
void kept_domain_put(struct buf *b, const char *name,
		     const struct kept_answer *answer, size_t nmx);
void kept_mx_put(struct buf *b, uint16_t preference, uint32_t host);

#endif
