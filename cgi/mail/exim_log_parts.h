#ifndef MAIL_EXIM_LOG_PARTS_H
#define MAIL_EXIM_LOG_PARTS_H

#include "mail/exim_log.h"

/* The pieces of a log line, for exim_log.c alone. */

/* What stands before the message: syslog's additions, the time, the process
 * and the message id go from *s into out. */
void exim_log_start(struct slice *s, struct exim_log_line *out);

struct exim_log_tail {
	struct slice auth;	/* after A=; empty: there is none */
	struct slice after;	/* from S= (or A=) on */
};

/*
 * The fields that follow the client, up to S= (the size, which every arrival
 * has) or A=. What comes behind is not needed to tell one reading from another.
 * False: it is no such tail.
 */
bool exim_log_tail(struct slice s, struct exim_log_tail *out);

/*
 * out->host and the tail from "name (helo) [ip]:port tail", s being what
 * follows "H=". Every "[" may begin the address: a HELO can hold brackets,
 * addresses and the fields that would follow them. One reading is believed,
 * several are nobody's.
 */
void exim_log_host(struct slice s, struct exim_log_line *out,
		   struct exim_log_tail *tail);

#endif
