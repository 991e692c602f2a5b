#ifndef PRIV_AS_ACCOUNT_H
#define PRIV_AS_ACCOUNT_H

#include <pwd.h>
#include <stddef.h>

#include "base/err.h"

/*
 * What lies in a home is looked at by a child that has become its account for good:
 * groups and ids, no new privileges, no descriptor but `out`, a few seconds of time.
 * Links, FIFOs and devices there are so nothing that root looks at, and nothing more
 * is read than the account itself can read.
 */

/* What work writes to out, at most max bytes, as a memory file at offset 0, which is the
 * caller's. work gives 0, or -1: there is no answer then. ERR_DENIED: the account is no
 * ordinary user of the system. */
int as_account(const char *account, int (*work)(const struct passwd *as, const void *ctx,
						int out),
	       const void *ctx, size_t max, struct err *e);

/* The same as the user that Exim's queue belongs to, which runs Exim and nothing else.
 * ERR_NOT_FOUND: there is no queue; ERR_DENIED: it belongs to somebody else. */
int as_mta(int (*work)(const struct passwd *as, const void *ctx, int out),
	   const void *ctx, size_t max, struct err *e);

#endif
