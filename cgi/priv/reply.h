#ifndef PRIV_REPLY_H
#define PRIV_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mx_text.h"
#include "base/sha256.h"

/*
 * What the helper needs to know of a UAPI reply, in one struct of fixed size.
 * The text was shaped by account holders, so a forked child with an account of
 * its own, no files and a small seccomp filter reads it (reply_read);
 * reply_parse is that reading alone. Quirks that are taken as they come: the
 * reply wrapped ({"result":{…}}), bare or inside {"metadata","data":{"uapi"}};
 * numbers as strings, flags as 1, "1" or true, null for an empty list.
 * Source: cPanel's UAPI documentation, recordings by other clients.
 */
enum reply_kind {
	REPLY_ROUTING,	/* Email::list_mxs: the row of one domain */
	REPLY_SET,	/* Email::set_always_accept: three statuses */
	REPLY_FEATURE,	/* Features::has_feature */
	REPLY_ZONE,	/* DNS::parse_zone: the MX of the zone's own name */
	REPLY_PLAIN,	/* any other: whether it was done */
	REPLY_FILTERS,	/* Email::list_filters: those that deliver to one address */
	/* Of WHM API 1, whose one status is metadata.result: */
	REPLY_WHM,	/* whether it was done */
	REPLY_HULK,	/* what cPHulk holds: the row of one address */
};

enum reply_verdict {
	REPLY_UNCLEAR,	/* not JSON, cut, or without a status */
	REPLY_OK,
	REPLY_REFUSED,	/* one of its statuses or errors says no */
};

/* One MX record of the zone and where it stands in it. */
struct reply_mx {
	uint32_t line;
	struct mx_line record;
};

struct reply_zone {
	uint32_t serial;
	int32_t odd;	/* it has MX records that mx_text cannot hold */
	uint32_t n;
	struct reply_mx mx[MX_LINES_MAX];
	/* Of everything else in the zone but the serial, comments and the order. */
	uint32_t rest[SHA256_WORDS];
};

/* Filters with an action that delivers to the address: how many there are, and the last
 * of them. */
struct reply_filter {
	uint32_t n;
	int32_t enabled;	/* 1, 0; -1: the reply does not say */
	char name[128];		/* "": longer, or not to be written here */
	/* Of its name, its conditions and its actions. */
	uint32_t content[SHA256_WORDS];
};

struct reply {
	int32_t verdict;	/* enum reply_verdict */
	int32_t listed;		/* REPLY_ROUTING: the domain has a row; REPLY_FILTERS:
				 * there is exactly one;
				 * REPLY_ZONE: the zone begins at the domain;
				 * REPLY_HULK: the address has a row */
	char mxcheck[16];	/* "" or auto, local, secondary, remote */
	char detected[16];
	struct reply_zone zone;	/* REPLY_ZONE, listed */
	struct reply_filter filter;	/* REPLY_FILTERS */
	char why[256];		/* refused or unclear: the panel's own words */
};

#define REPLY_MAX (4u << 20)	/* bytes of text; more is ERR_LIMIT */

struct json_object;
/* reply_parse's own: REPLY_ZONE, from the items of its "data". */
void reply_take_zone(struct reply *r, struct json_object *items, const char *domain);

/* The same of REPLY_FILTERS. */
void reply_take_filters(struct reply *r, struct json_object *rows, const char *to);

void reply_parse(enum reply_kind kind, const char *domain, const char *text,
		 size_t n, struct reply *r);

/* Reads the output of a command (which stays open) in the child. -1 when the
 * child could not be made or did not answer: never a verdict. domain may be
 * NULL but for REPLY_ROUTING, REPLY_ZONE, REPLY_HULK and REPLY_FILTERS (the address). */
int reply_read(int fd, enum reply_kind kind, const char *domain,
	       struct reply *r, struct err *e);

#endif
