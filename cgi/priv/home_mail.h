#ifndef PRIV_HOME_MAIL_H
#define PRIV_HOME_MAIL_H

#include "base/err.h"

/*
 * What an account keeps in its home that acts on its mail, read as that account
 * (as_account.h) and packed by name (base/pack.h), HOME_MAIL_MAX bytes at most:
 *
 *	.forward				of the account itself
 *	etc/filter
 *	etc/DOMAIN/LOCAL/filter			of one mailbox: Exim's, as the panel writes it
 *	mail/DOMAIN/LOCAL/.dovecot.sieve	Sieve; or what that leads to:
 *	mail/DOMAIN/LOCAL/sieve/NAME.sieve
 *
 * Of mailboxes only those that mail/ has a directory for. No link is followed on the
 * way, but for .dovecot.sieve, which is one where a mail program keeps several scripts:
 * where it leads to is read, and taken only as sieve/NAME.sieve beside it. What files
 * include is not looked for.
 */
#define HOME_MAIL_MAX ((size_t)4 << 20)
#define HOME_MAILBOXES_MAX 5000u	/* of one domain */

int home_mail(const char *account, struct err *e);

#endif
