#ifndef MAIL_LOG_SUMMARY_H
#define MAIL_LOG_SUMMARY_H

#include "mail/heavy.h"
#include "mail/log_event.h"

/*
 * What a log says, counted: causes, and the domains, clients and accounts that
 * they are about. Memory is bounded whatever the log holds.
 *
 * A probe is a refusal for relaying or for a wrong login to a client from a
 * network (/24, /64) that nobody has ever logged in from in these lines, and that
 * is no private one: rule R00. The server is right to refuse it, nothing is to
 * be done.
 */

#define SUMMARY_NAMES 4096	/* that are told apart, of each kind */

/* From when on lines count. */
struct log_since {
	bool given;
	int64_t wall;	/* for times without zone: the server's local digits */
	int64_t utc;	/* for times with one */
};

struct log_summary {
	struct log_since since;
	bool passing;	/* the last line with a time was too old */
	uint64_t lines, old;	/* read, and those before `since` */
	struct exim_log_time first, last;
	char first_said[20], last_said[20];	/* "" when no line has a time */
	uint64_t by_class[CAUSE_CLASSES];
	uint64_t refused;	/* for relaying or a wrong login, by an address of the world */
	struct heavy domains, accounts;
	struct heavy clients;	/* named by family and the bytes of struct ip */
	struct heavy networks;	/* of refused */
	struct heavy logins;	/* networks that somebody logged in from */
};

void log_summary_init(struct log_summary *s, const struct log_since *since,
		      uint64_t seed, struct arena *a);
void log_summary_line(struct log_summary *s, struct slice line);

struct log_probes {
	uint64_t refusals;	/* that are nobody's here */
	uint64_t networks;	/* they came from so many, or more */
	bool more;		/* … because not all could be told apart */
};

/* When all lines are read. */
struct log_probes log_summary_probes(const struct log_summary *s);

#endif
