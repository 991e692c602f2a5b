#ifndef MAIL_FORWARD_PATH_H
#define MAIL_FORWARD_PATH_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * Where mail for one address goes by the lines of this server, the filters of its domain
 * before them and those of its mailbox behind them: a tree, each step with how deep it
 * stands. Cut at FORWARD_PATH_MAX steps and at FORWARD_PATH_DEPTH.
 */
#define FORWARD_PATH_MAX 200
#define FORWARD_PATH_DEPTH 40

enum path_end {
	PATH_GOES_ON,	/* by its line; or it is no address, and text says what it is */
	PATH_MAILBOX,	/* no line: its mailbox, if it has one */
	PATH_KEEPS,	/* the address names itself: its mailbox has a copy */
	PATH_OUTSIDE,	/* another server's; with a line where its forwarders are known */
	PATH_CIRCLE,	/* it stands above already, on this very way */
	PATH_RULE,	/* no address: what a filter, a script or a domain forwarder does */
	PATH_SHOWN,	/* it was shown on another way */
	PATH_CUT,	/* deeper, or more, than is shown */
};

struct path_step {
	unsigned depth;
	enum forward_kind kind;
	const char *text;	/* the address, "*@domain", or what is written */
	const char *file;	/* with the line by which it goes on; or NULL */
	unsigned line;
	int64_t last;		/* when that line was used last, by the log; 0: not known */
	enum path_end end;
};

/* address: in lower case (mail/redirect); here: its domain is delivered on this server.
 * How many steps; *out in a. */
size_t forward_path(const struct forward_facts *f, const char *address, bool here,
		    struct path_step **out, struct arena *a);

/*
 * The same of all addresses of a domain that lead somewhere, one after another: those in
 * circles first, then those that leave this server. What only refuses is left out. At most
 * FORWARD_DOMAIN_MAX steps in all, FORWARD_DOMAIN_EACH of one address; *left: addresses
 * beyond them.
 */
#define FORWARD_DOMAIN_MAX 60
#define FORWARD_DOMAIN_EACH 15
size_t forward_domain_path(const struct forward_facts *f, const char *domain, bool here,
			   struct path_step **out, size_t *left, struct arena *a);

/* "a@d (/etc/valiases/d, line 2): a circle", for a list of steps. */
const char *path_step_text(const struct path_step *s, struct arena *a);

const char *path_end_name(enum path_end e);	/* "goes_on", "mailbox" … */
const char *forward_kind_name(enum forward_kind k);	/* "address", "pipe" … */

#endif
