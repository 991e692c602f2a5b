#ifndef SOURCES_DNS_CHANNEL_H
#define SOURCES_DNS_CHANNEL_H

#include <ares.h>
#include <poll.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/ip.h"

/*
 * Channels of c-ares and the sockets that they wait at, together. A channel asks
 * each question once and hears for its patience: whoever asks decides about
 * another try.
 */
struct dns_sockets {
	struct pollfd *fds;
	struct dns_channel **of;	/* whose each of fds is */
	size_t n, cap;
};

struct dns_channel {
	ares_channel ares;
	struct dns_sockets *sockets;
};

struct dns_channel_kind {
	bool recursive;
	int patience_ms;
	int in_flight;		/* answers that may come at once */
};

/* Of the system's resolvers, until it is told others. */
int dns_channel_open(struct dns_channel *c, struct dns_sockets *s,
		     const struct dns_channel_kind *k, struct err *e);
/* Ends what is asked, with ARES_EDESTRUCTION. */
void dns_channel_close(struct dns_channel *c);
int dns_channel_use(struct dns_channel *c, const struct ip *ip, int port,
		    struct err *e);

/* At most ms. False: nothing has come. */
bool dns_sockets_wait(struct dns_sockets *s, int ms);
/* Takes in what has come. */
void dns_sockets_process(struct dns_sockets *s);
void dns_sockets_free(struct dns_sockets *s);

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"; ERR_INPUT. */
int dns_resolver_parse(const char *s, struct ip *ip, int *port, struct err *e);

#endif
