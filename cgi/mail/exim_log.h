#ifndef MAIL_EXIM_LOG_H
#define MAIL_EXIM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/text.h"

/*
 * One line of exim_mainlog (specification chapter 53; grammar as read in the
 * source and measured with 4.96 to 4.99). Most of a line is what strangers
 * sent, unescaped: a HELO can hold anything, a whole log line too. So a field
 * counts only in its own position, and the client's address only when the line
 * can be read in one way.
 *
 * Slices point into the line. Nothing is allocated.
 */

enum exim_log_type {
	EXIM_LOG_OTHER,		/* none of these */
	EXIM_LOG_ARRIVAL,	/* <= or (= */
	EXIM_LOG_DELIVERY,	/* => -> >> *> */
	EXIM_LOG_FAIL,		/* ** */
	EXIM_LOG_DEFER,		/* == */
	EXIM_LOG_COMPLETED,
};

/* A time as the log writes it. Without zone it is the server's local time. */
struct exim_log_time {
	bool present, has_zone;
	int64_t wall;		/* the digits read as if they were UTC */
	int zone;		/* minutes east of UTC, when has_zone */
	unsigned ms;
};

struct exim_log_host {
	bool present;		/* there is a client (H=) at all */
	bool ambiguous;		/* several readings: name, helo and ip are empty */
	struct slice name;	/* verified by reverse and forward DNS */
	struct slice helo;	/* what the client claimed; any bytes */
	struct ip ip;
	unsigned port;
};

struct exim_log_line {
	enum exim_log_type type;
	struct exim_log_time ts;
	uint64_t pid;		/* 0: not logged */
	struct slice msgid;	/* of either length (4.97 made it longer) */
	char flag[3];		/* "<=", "=>" …; "" */
	struct exim_log_host host;
	bool auth;		/* A= in its own place */
	struct slice auth_by;	/* "dovecot_login:user@example.com" */
	struct slice addr;	/* arrival: the envelope sender ("" for <>);
				 * else the recipient as delivered */
	struct slice orig;	/* delivery: <the address the message came for> */
	struct slice router, transport;
	struct slice rcpts;	/* arrival: what follows " for ", blanks between */
	struct slice text;	/* what the parser leaves: after the flag's fields */
};

/* Always gives a line; what is not understood is EXIM_LOG_OTHER. line has no LF. */
void exim_log_parse(struct slice line, struct exim_log_line *out);

/* The domain of an address: what follows its last '@'; empty without one. */
struct slice exim_log_domain(struct slice address);

#endif
