#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * A domain's lists held against its public DNS. The table of the rule catalogue
 * (0.2) and the contract below it decide; where both are silent the answer is
 * the one that moves no mail, and these are the cases:
 *
 *  - No MX, and its address is elsewhere: no routing verdict, whatever list the
 *    domain is in. An A record names a web server, not a mailbox.
 *  - No MX, the address is ours, not local: as with an MX that is ours (RFC 5321
 *    5.1 makes it one). Exim would send such mail to itself and give up.
 *  - Listed as backup, the lowest exchanger is ours: not judged. Either a
 *    primary is gone for the moment, or /etc/manualmx makes this server the
 *    front of another; calling it local would swallow that mail.
 *  - Listed as backup, no exchanger is ours: fine. Nobody sends it here.
 *  - Listed remote alone, a higher exchanger is ours: it should be a backup.
 *  - An exchanger whose address is unknown (no answer) stops the verdict when it
 *    is among the lowest and none of these is known to be ours. A higher one
 *    does not: it could only make a backup of what is wrong either way.
 *  - Null MX, a literal address, or no exchanger that exists: no routing
 *    verdict, whatever the lists. What mends them depends on an MX to come.
 *  - Neither an MX nor an address: judged by the lists alone, as far as they go.
 *  - In no account, refused here, its MX is ours: not hosted (D07), whether it is
 *    listed as remote or not at all. A line for it would accept mail for nobody.
 *  - In no list and in no account, its MX elsewhere: not a domain of this server,
 *    not judged.
 *  - In no list, while Exim looks a list up by patterns: it may match all the
 *    same; not judged.
 *  - The server's own hostname is local by right: root's mail goes there. Where
 *    it is not local and no account has it, hostname_not_local says so.
 *  - An exchanger at a loopback address only is one that does not exist.
 *  - A higher exchanger of a gateway is no gateway in front: only the lowest
 *    ones count, since they get the mail.
 */

/* An address of one family proves "ours" at once; "elsewhere" and "absent" need
 * the answer for both. */
enum mx_host_state {
	MX_HOST_ABSENT,		/* no address but loopback */
	MX_HOST_UNKNOWN,	/* no answer that could be relied on */
	MX_HOST_OURS,
	MX_HOST_ELSEWHERE,
};

enum mx_host_state mx_host_state(const struct mx_host *h);
/* One of its addresses can be reached from the whole Internet. */
bool mx_host_reachable(const struct mx_host *h);

enum mx_side {
	MX_UNKNOWN,	/* no answer that could be relied on */
	MX_NONE,	/* null MX, a literal address, no host that exists */
	MX_HERE,	/* one of the lowest is ours */
	MX_BACKUP_HERE,	/* the lowest are elsewhere, another is ours */
	MX_ELSEWHERE,	/* none is ours */
};

struct mx_view {
	enum mx_side side;
	/* The host that decides: one of the lowest that exist; of MX_UNKNOWN the
	 * one that is not known. NULL: the domain's own answer decides. */
	const struct mx_host *host;
	uint16_t preference;
	bool implicit;		/* no MX: the domain is its own exchanger */
	bool skipped;		/* a lower one does not exist */
	const char *why;	/* of MX_UNKNOWN and MX_NONE: a clause */
};

/* Where the domain's mail exchangers are. Does not depend on their order. */
struct mx_view mx_look(const struct domain *d);

/* Why mail must not be sent to v->host on the strength of this look, a static
 * sentence: the host has private addresses only, or none but private addresses
 * of this server are known, so that what is ours may look like elsewhere. NULL:
 * nothing speaks against it. */
const char *mx_doubt(const struct facts *f, const struct mx_view *v);

/* The first by name of the exchangers that are an address where a host name
 * belongs; NULL: none. */
const struct mx_host *mx_literal(const struct domain *d);

/* The lowest preference among its exchangers that exist or might; false: none. */
bool mx_lowest_preference(const struct domain *d, uint16_t *lowest);

/* Somebody filters this domain's mail and hands it on to us: the lowest
 * exchangers are elsewhere, and one of them is a known gateway, or the log shows
 * deliveries from outside. Of providers that take in mail for half the world
 * only their own deliveries count, and so it is where we are a published backup.
 * *why (may be NULL) is set to a static clause. */
bool mx_behind_gateway(const struct domain *d, const char **why);
/* One of the lowest exchangers is a mailbox provider's. */
bool mx_at_mailbox_provider(const struct domain *d);
/* The log was readable and covers LOG_DAYS_ENOUGH. */
#define LOG_DAYS_ENOUGH 7
bool log_is_telling(const struct facts *f);

/* In one of the three lists. */
bool domain_listed(const struct domain *d);
/* Of this server: an account has it, or a line of a list was meant to name it.
 * False of a name that was only asked about. */
bool domain_hosted(const struct domain *d);
/* The server's own host name: cPanel and root's own mail need it local, whatever
 * its MX says. */
bool domain_is_the_server(const struct facts *f, const struct domain *d);
/* What its DNS says is the public's answer: neither this server's own zone
 * spoke, nor is it a name for use inside a server. */
bool domain_is_public(const struct domain *d);
/* In none, and a line that was meant to name it is one that Exim cannot match. */
bool domain_line_unusable(const struct domain *d);

/* The lists contradict each other or the DNS: a finding stands for it. */
bool routing_is_wrong(enum routing_verdict v);
/* "ok", "local_mx_elsewhere" …: what the API calls it. */
const char *verdict_name(enum routing_verdict v);

/*
 * Sets d->routing and, in a, d->routing_why (a sentence without the name).
 * UNJUDGED where the lists, the own addresses or DNS could not be read.
 */
void verdict_judge(const struct facts *f, struct domain *d, struct arena *a);

#endif
