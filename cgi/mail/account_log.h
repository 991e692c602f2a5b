#ifndef MAIL_ACCOUNT_LOG_H
#define MAIL_ACCOUNT_LOG_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * What exim_mainlog says of the accounts here, line by line, the oldest first:
 * from which addresses somebody sent mail with a password (those are our
 * customers), and whose mail cPanel's router enforce_mail_permissions stopped at
 * a limit within the last day. Fills f->blocking.clients, by address, and
 * .limits, by domain; both stand when account_look_end was called.
 *
 * A client counts where the line names one address and A= in its own place, a
 * limit where that router says it of a domain of this server: text that a
 * stranger can shape does neither. At most CLIENTS_MAX addresses are kept.
 */
#define CLIENTS_MAX 20000u
#define LIMIT_SPAN 86400

struct account_look;

/* utc as in mail/arrivals.h; f->now, f->own and f->domains must be known. */
struct account_look *account_look_new(struct facts *f, struct arena *a,
				      int64_t (*utc)(int64_t wall));
void account_look_line(struct account_look *l, struct slice line);
void account_look_end(struct account_look *l);

#endif
