#ifndef MAIL_EXIM_LOG_PARTS_H
#define MAIL_EXIM_LOG_PARTS_H

#include "mail/exim_log.h"

/* The pieces of a log line, for exim_log*.c alone. */

/* What stands before the message: syslog's additions, the time, the process
 * and the message id go from *s into out. False: there was neither a time nor
 * an id, or it is a later piece of a line that was cut. */
bool exim_log_start(struct slice *s, struct exim_log_line *out);

/* Message id at the start of *s, and the blank behind it. */
bool exim_log_msgid(struct slice *s, struct exim_log_line *out);

/* Everything from that offset on is unsaid. */
void exim_log_clear(struct exim_log_line *out, size_t from);

/* Everything that a reading of the message fills in is unsaid again. */
void exim_log_unsay(struct exim_log_line *out);

void exim_log_add(struct exim_log_line *out, struct slice key, struct slice value);

/* "<address>" at the start of *s; a quoted local part may hold anything. */
bool exim_log_angle(struct slice *s, struct slice *address);

/*
 * Takes " K=value" and bare flags off *s as they follow a host, and stops at
 * the first word that is neither. A=, F= and I= go to their own places too.
 */
void exim_log_client_fields(struct slice *s, struct exim_log_line *out);

/* One of them, without the blank in front. False: it is none. */
bool exim_log_client_field(struct slice *s, struct exim_log_line *out);

/* One more " K=value" of a delivery or an arrival. *ends: its value ended in
 * ':', so that text follows. False: there is none. */
bool exim_log_any_field(struct slice *s, struct exim_log_line *out, bool *ends);

/* "[ip]" and ":port" at the start of *s. */
bool exim_log_ip(struct slice *s, struct exim_log_host *out);

/* Whether `rest`, what follows "[ip]:port", is what must follow; fills out. */
typedef bool exim_log_fits(struct slice rest, struct exim_log_line *out);

/*
 * "name (helo) [ip]:port" and what follows, in s. Every "[" may begin the
 * address: a HELO can hold brackets, addresses and whatever would follow them.
 * One reading that fits is believed. Of several none is: out has the addresses
 * as candidates, and nothing else of the message. False: no reading fits, and
 * out says nothing.
 */
bool exim_log_host(struct slice s, exim_log_fits *fits, struct exim_log_line *out);

/* What follows " rejected ", into what, rcpt, sender, arg and text. */
bool exim_log_refused(struct slice s, struct exim_log_line *out);

/* The end of the line, or ": why" into text. */
bool exim_log_reason(struct slice s, struct exim_log_line *out);

/* A message that begins with what a delivery's line begins with. */
void exim_log_arrival(struct slice s, struct exim_log_line *out);
/* What exim_log_arrival left in text: id, subject, recipients. */
void exim_log_arrival_rest(struct exim_log_line *out);
void exim_log_delivery(struct slice s, struct exim_log_line *out);

/* Lines about what clients did; false: s is none of them, out says nothing. */
bool exim_log_client(struct slice s, struct exim_log_line *out);

/* " QT=1s" and " DT=0.1s" are taken off the end. */
void exim_log_times(struct slice *s, struct exim_log_line *out);

#endif
