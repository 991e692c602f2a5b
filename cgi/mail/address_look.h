#ifndef MAIL_ADDRESS_LOOK_H
#define MAIL_ADDRESS_LOOK_H

#include "mail/ban_view.h"

/* Everything known here of one address: is it blocked, by what, since when. */

#define ADDRESS_PORTS 7
#define ADDRESS_LOG_LINES 10

enum address_state { ADDRESS_FREE, ADDRESS_BLOCKED, ADDRESS_UNKNOWN };

struct address_port {
	uint16_t port;
	struct fw_answer answer;	/* a connection from there */
};

struct address_look {
	struct ip ip;
	bool own;			/* this server's */
	enum address_state state;
	const char *why;		/* one clause */
	struct ban_verdict bans;
	bool rules_known;		/* SOURCE_FIREWALL */
	struct address_port port[ADDRESS_PORTS];
	const struct known_client *client;	/* NULL: no customer was seen there */
	const char *log[ADDRESS_LOG_LINES];	/* of lfd, the newest */
	size_t nlog;
	const char *log_why;		/* it could not be read; NULL: it was */
};

/* Fills all but log. f has bans, rules, CSF and clients. */
void address_judge(const struct facts *f, const struct ip *ip, struct arena *a,
		   struct address_look *out);

#endif
