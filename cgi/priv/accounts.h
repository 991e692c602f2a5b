#ifndef PRIV_ACCOUNTS_H
#define PRIV_ACCOUNTS_H

#include "base/err.h"

#define ACCOUNT_MAX 36

/*
 * Who owns what, from cPanel's own files (root's, opened component by
 * component): /etc/userdomains "domain: account", /etc/trueuserowners
 * "account: owner", /var/cpanel/users/ACCOUNT. Read anew at every question:
 * ownership moves.
 */

/* The account exists on this server. ERR_NOT_FOUND otherwise. */
int accounts_check(const char *account, struct err *e);
/* Of a domain, of an address in it, or of either before a '>' (priv/filters.h).
 * ERR_NOT_FOUND: the domain is on no account of this server. */
int accounts_of_domain(const char *domain, char out[ACCOUNT_MAX], struct err *e);
/* The reseller (or root) that owns the account. */
int accounts_owner(const char *account, char out[ACCOUNT_MAX], struct err *e);
/* ERR_DENIED when the account is suspended. */
int accounts_not_suspended(const char *account, struct err *e);

#endif
