#ifndef MAIL_EXIM_ROUTE_H
#define MAIL_EXIM_ROUTE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/text.h"

/*
 * What `exim -bt` says about an address: Exim's own routing, the last word on
 * where mail goes (verify.c; forms measured with 4.96).
 */
enum exim_route_kind {
	EXIM_ROUTE_UNKNOWN,	/* the text says nothing that is understood */
	EXIM_ROUTE_LOCAL,	/* delivered, piped or discarded on this server */
	EXIM_ROUTE_REMOTE,	/* handed to another host */
	EXIM_ROUTE_FAIL,	/* undeliverable: it would bounce */
	EXIM_ROUTE_DEFER,	/* cannot be resolved now: it would wait */
};

struct exim_route_host {
	const char *name;
	struct ip ip;		/* family 0: not printed */
	int mx;			/* preference; -1: not from an MX record */
	unsigned port;		/* 0: the transport's own */
	bool unusable;
};

struct exim_route {
	/* Where it ends: an address, |command or /file. NULL: Exim takes what it was asked
	 * about for no address. */
	const char *address;
	enum exim_route_kind kind;
	const char *router, *transport;		/* NULL: not printed */
	const struct exim_route_host *hosts;	/* in the order Exim tries them */
	size_t nhosts;
	/* The address asked for, when an alias or forwarder here made `address`
	 * out of it; else NULL. */
	const char *asked;
	const char *why;	/* of a failure or deferral; NULL: not printed */
	const char *text;	/* the lines as Exim printed them */
};

/* It is a result of asking for that address. Of a syntax error it is not known. */
bool exim_route_is_of(const struct exim_route *r, const char *address);

/* "local", "remote", "fail", "defer", "unknown" */
const char *exim_route_kind_name(enum exim_route_kind k);

/* Every result in the text, in its order. At most EXIM_ROUTES_MAX are kept. */
#define EXIM_ROUTES_MAX 200
size_t exim_routes(struct slice bt, struct arena *a,
		   const struct exim_route **out);

/*
 * The one route that stands for the text: its only result; of several (an
 * address that is forwarded to many) the first deferral, else the first
 * failure, else the first one, with the whole text. Nothing understood gives
 * EXIM_ROUTE_UNKNOWN with that text.
 */
void exim_route_parse(struct slice bt, struct arena *a, struct exim_route *out);

#endif
