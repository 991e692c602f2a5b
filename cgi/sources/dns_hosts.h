#ifndef SOURCES_DNS_HOSTS_H
#define SOURCES_DNS_HOSTS_H

#include "base/map.h"
#include "sources/dns_kept.h"
#include "sources/dns_packet.h"
#include "sources/providers.h"

/* The hosts that MX records name, each once however many domains share it. */
struct dns_host {
	struct mx_host facts;		/* first: a fact's host is one of these */
	struct kept_answer answer[2];	/* of A, AAAA; DNS_UNASKED while unknown */
	uint32_t number;		/* where it is kept, plus one */
	bool can_be_asked : 1;		/* its name is a host name */
	bool wanted : 1;		/* a domain names it */
	bool in_whole : 1;		/* all that is known of it is kept already */
};

struct dns_hosts {
	struct arena *arena;
	const struct facts *facts;	/* its own addresses */
	bool resolver_is_own;
	struct dns_host **all;		/* the recalled ones by name, then as they came */
	size_t nall, cap_all, nrecalled;
	struct map by_name;		/* those that came */
	struct dns_host **ask;		/* those of which something is not known */
	size_t nask, cap_ask;
	struct providers *providers;
	struct mx_host last;		/* that an address was added to */
};

void dns_hosts_init(struct dns_hosts *h, const struct facts *f, struct arena *a);
void dns_hosts_end(struct dns_hosts *h);

/* x, zeroed, becomes the host of that name, which is not copied. */
void dns_hosts_name(struct dns_host *x, const char *name);
/* The n hosts that there are to begin with, by name and each once. */
void dns_hosts_recalled(struct dns_hosts *h, struct dns_host **all, size_t n);
/* The host of that name, made when it was not there; name is copied. */
struct dns_host *dns_hosts_at(struct dns_hosts *h, const char *name);
/* A domain names it: it is asked for unless all is known. Gives it as a fact. */
struct mx_host *dns_hosts_want(struct dns_hosts *h, struct dns_host *x);

/* An answer of one family (0: A, 1: AAAA): its addresses go to dns_hosts_add. */
void dns_hosts_answer(struct dns_hosts *h, struct dns_host *x, int family,
		      const struct kept_answer *answer, const char *alias);
/* n addresses more. */
void dns_hosts_add(struct dns_hosts *h, struct dns_host *x, const struct ip *ips,
		   size_t n);
/* After the last of them. */
void dns_hosts_settle(struct dns_hosts *h, struct dns_host *x);

/* An answer for it is still to come. */
bool dns_host_waits(const struct mx_host *h);

#endif
