#ifndef MAIL_PORT_VERDICT_H
#define MAIL_PORT_VERDICT_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * Which of mail's ports are open, seen from inside, and who keeps them shut.
 * What a look from inside cannot prove stays unknown, with the reason: what a
 * firewall in front does to connections that come in; who sent a RST; whether a
 * host that never answers serves that port at all.
 */

/* ---- our own ports ------------------------------------------------------ */

enum in_verdict {
	IN_UNKNOWN,
	IN_ANSWERS,
	IN_NOTHING_LISTENS,
	IN_V4_ONLY,		/* of IPv6: nothing listens, while IPv4 is served */
	IN_BLOCKED_HERE,	/* it listens, and this server's own rules stand before it */
	IN_NOT_SERVED,		/* connected, and no usable SMTP came */
};

struct in_view {
	enum in_verdict verdict;
	const char *why;	/* a clause; NULL where the verdict says it all */
};

const char *in_verdict_name(enum in_verdict v);	/* "answers", "nothing listens" … */
struct in_view in_judge(const struct port_facts *p, const struct own_port *o);

/* ---- connections that go out -------------------------------------------- */

enum out_verdict {
	OUT_UNKNOWN,
	OUT_OPEN,
	OUT_REDIRECTED,		/* it ends at this server's own mail server */
	OUT_OWN_FIREWALL,	/* refused or dropped by this server */
	OUT_PROVIDER,		/* port 25 vanishes behind this server, others do not */
	OUT_ON_THE_WAY,		/* refused by an address between here and there */
	OUT_RESET_ALIKE,	/* port 25 of all hosts is refused by a RST: by whom, no RST says */
	OUT_NO_WAY,		/* no route, or no address to come from */
	OUT_NO_NEIGHBOUR,	/* the next router or host does not answer */
	OUT_FAR_END,		/* the hosts asked refuse it themselves */
};

struct out_view {
	enum out_verdict verdict;
	/* Another user of this server gets through to the same place: a rule by
	 * owner, which only this server can have. */
	bool owner;
	const char *why;	/* a clause; NULL where the verdict says it all */
	struct ip by;		/* who refused, of OUT_ON_THE_WAY and OUT_OWN_FIREWALL */
	unsigned hosts, connected;
};

const char *out_verdict_name(enum out_verdict v);	/* "open", "redirected" … */

/*
 * One cell: connections of this user to this port in this family (4 or 6), by
 * the last probe. hostname is this server's own; why may be printed into a.
 *
 * OUT_PROVIDER asks for all of: port 25, two hosts or more, none of which
 * answers, SYNs that left, and another port of them that connects.
 */
struct out_view out_judge(const struct facts *f, enum out_user user,
			  unsigned port, int family, struct arena *a);

/* A probe is believed for a day, and not where mail has gone out since. */
#define PROBE_BELIEVED 86400
bool probe_counts(const struct facts *f, int family);

/* What the log alone says of port 25. */
enum out_log_verdict {
	OUT_LOG_QUIET,		/* too little to say anything */
	OUT_LOG_OPEN,		/* mail was delivered within the hour */
	OUT_LOG_TIMES_OUT,	/* many hosts time out, none took mail */
	OUT_LOG_NO_ROUTE,	/* no way out, none took mail */
};
#define OUT_LOG_ATTEMPTS 5
#define OUT_LOG_HOSTS 3

enum out_log_verdict out_log_judge(const struct facts *f, int family);

#endif
