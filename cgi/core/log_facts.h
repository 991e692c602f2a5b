#ifndef CORE_LOG_FACTS_H
#define CORE_LOG_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/*
 * What the logs of the last days say, counted. Part of struct facts; plain data in
 * the scan's arena. Days are those of the log's own dates, from 1970-01-01 on.
 */
#define LOG_JUDGED_DAYS 7	/* that checks look at */
#define LOG_CHART_DAYS 14	/* that are told of a domain */

/* The rules of refusals for relaying within 15 minutes of a login of the same address:
 * one that failed, or that was tried where none is offered, as without TLS. */
#define LOG_RULE_AFTER_LOGIN "A04"
#define LOG_RULE_UNADVERTISED "A06"

/*
 * Lines of one day that say the same about the same: cause, and whom it is about.
 * Names are lower case and printable; "" where the line names none, or where names
 * were too many to be told apart.
 */
struct log_row {
	int32_t day;
	const char *class, *rule;	/* mail/cause.h */
	const char *domain;	/* of the recipient, or of the login that failed */
	/* Who logged in, tried to, or sent the message; of a refusal without any
	 * login "@" and the domain of the sender, which anybody can claim. */
	const char *account;
	struct ip ip;		/* the client's; of a delivery the other server's */
	uint64_t n;
};

/* Addresses alike (/24, /64) from which somebody last logged in, by whatever way. */
struct log_login {
	struct ip ip;		/* of that login, or the first of its network */
	int64_t last;		/* digits of the log's own time */
	const char *who;	/* "user@domain", or an account's name */
};

/* One domain's causes of one day. */
struct log_day {
	int32_t day;
	const char *class;
	uint64_t n;
};

struct log_facts {
	bool counted;		/* there is a log, and what follows is from it */
	int32_t from, to;	/* first and last day; 0: no line has a time */
	const struct log_row *rows;	/* of LOG_JUDGED_DAYS, most first */
	size_t nrows;
	bool exact;		/* no names were left out of rows */
	const struct log_login *logins;	/* by network */
	size_t nlogins;
	/* Where one domain is looked at: which of the rows' domains are this server's. */
	bool hosted_known;
	const char *const *hosted;
	size_t nhosted;
	const struct log_day *days;	/* of the one domain looked at, by day */
	size_t ndays;
};

/* /24 of IPv4, /64 of IPv6 are what one customer's line has: the order of f->logins,
 * 0 for two addresses of the same. */
int log_network_order(const struct ip *a, const struct ip *b);
/* Its first address. */
struct ip log_network(const struct ip *ip);
void log_logins_sort(struct log_login *logins, size_t n);
/* The last login from the address's network, or NULL. */
const struct log_login *log_login_near(const struct log_facts *f, const struct ip *ip);

#endif
