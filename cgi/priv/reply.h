#ifndef PRIV_REPLY_H
#define PRIV_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

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
};

enum reply_verdict {
	REPLY_UNCLEAR,	/* not JSON, cut, or without a status */
	REPLY_OK,
	REPLY_REFUSED,	/* one of its statuses or errors says no */
};

struct reply {
	int32_t verdict;	/* enum reply_verdict */
	int32_t listed;		/* REPLY_ROUTING: the domain has a row */
	char mxcheck[16];	/* "" or auto, local, secondary, remote */
	char detected[16];
	char why[256];		/* refused or unclear: the panel's own words */
};

#define REPLY_MAX (1u << 20)	/* bytes of text; more is ERR_LIMIT */

void reply_parse(enum reply_kind kind, const char *domain, const char *text,
		 size_t n, struct reply *r);

/* Reads the output of a command (which stays open) in the child. -1 when the
 * child could not be made or did not answer: never a verdict. domain may be
 * NULL but for REPLY_ROUTING. */
int reply_read(int fd, enum reply_kind kind, const char *domain,
	       struct reply *r, struct err *e);

#endif
