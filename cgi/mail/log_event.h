#ifndef MAIL_LOG_EVENT_H
#define MAIL_LOG_EVENT_H

#include "mail/cause.h"

/*
 * What of a log line is counted. Slices point into the line; they hold whatever
 * bytes it has. Of a line that only goes on with one before (EXIM_LOG_CONTINUATION)
 * nothing else is said but its time; domain and account are those of a known cause,
 * the account also a message's.
 */
struct log_event {
	enum exim_log_type type;
	struct cause cause;
	struct exim_log_time ts;
	struct slice msgid;
	struct slice domain;	/* that it is about: the recipient's, or the login's */
	struct slice account;	/* as in struct log_row (core/log_facts.h) */
	struct ip ip;		/* likewise; family 0: nobody's */
	bool client;		/* ip is one's, and no other server's */
	bool login;		/* a client that has logged in */
};

void log_event_read(struct slice line, struct log_event *out);

/* The parts of it that others count as well. */
struct slice log_event_domain(const struct exim_log_line *x);
/* "4" or "6" and the bytes: /24 of IPv4, /64 of IPv6. */
struct slice log_network_key(const struct ip *ip, char out[9]);
/* The same of the whole address. */
struct slice log_address_key(const struct ip *ip, char out[17]);

#endif
