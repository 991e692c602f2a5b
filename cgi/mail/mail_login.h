#ifndef MAIL_MAIL_LOGIN_H
#define MAIL_MAIL_LOGIN_H

#include <stdint.h>

#include "base/ip.h"
#include "base/text.h"

/*
 * A login to a mailbox, as Dovecot tells syslog (/var/log/maillog): "imap-login:
 * Login: user=<u@d>, method=PLAIN, rip=ADDRESS, …". Only a login that worked is told so;
 * what failed stands behind other words, whatever the client called itself.
 */
struct mail_login {
	int64_t wall;		/* the log's own digits, as if they were UTC */
	struct slice user;	/* any bytes; points into the line */
	struct ip ip;
};

/* today: days since 1970, of which a date without a year is the last. False: the
 * line says something else. */
bool mail_login_read(struct slice line, int32_t today, struct mail_login *out);

#endif
