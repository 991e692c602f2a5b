#ifndef MAIL_MANUAL_MX_H
#define MAIL_MANUAL_MX_H

#include <stdbool.h>

#include "base/ip.h"
#include "base/text.h"
#include "mail/domain_list.h"

/*
 * /etc/manualmx, "domain: hosts", as a manualroute router reads it: the key by
 * Exim's lsearch rules (mail/domain_list), the value as route_data (Exim
 * specification, chapter 20): a list of hosts, quoted where it has blanks, and
 * options after it. Hosts are separated by ':' or by what "<;" names; each is a
 * name or an address, with "/mx" and a port where somebody wants them:
 *
 *	a.example: mx1.example.net
 *	b.example: mx1.example.net::2525 : [192.0.2.1]:26 randomize
 *	c.example: "<; mx1.example.net/mx ; 2001:db8::1"
 *
 * What cannot be understood is said, never guessed. Nothing is allocated.
 */
struct manual_mx {
	struct domain_list keys;
};

struct manual_mx_entry {
	unsigned line;
	char domain[DOMAIN_TEXT_MAX];	/* lower case; "" where why tells of no domain */
	struct slice hosts;		/* for manual_mx_host; empty with why */
	const char *why;		/* what is wrong with the line: a clause; or NULL */
};

void manual_mx_init(struct manual_mx *m, struct slice text);
/* The next line that says something; false at the end. */
bool manual_mx_next(struct manual_mx *m, struct manual_mx_entry *out);

struct manual_mx_host {
	char name[DOMAIN_TEXT_MAX];	/* lower case, no trailing dot; "" with an address */
	struct ip ip;			/* family 0: a name */
	bool by_mx;			/* "/mx": the name's own MX records are followed */
	bool has_port;			/* it says one: not an ordinary mail exchanger */
};

/* The next host of *hosts; false at the end, and with *why set at the first that
 * cannot be understood. *separator is 0 at the beginning, and the walk's own. */
bool manual_mx_host(struct slice *hosts, char *separator,
		    struct manual_mx_host *out, const char **why);

#endif
