#ifndef PRIV_CALLER_H
#define PRIV_CALLER_H

#include <sys/types.h>

#include "base/err.h"

/*
 * Who speaks, as the helper itself found out: the peer's uid first (kernel),
 * then a ticket or an accepted socket. One bit each, so that a verb's row can
 * name those who may ask.
 */
enum who {
	WHO_NOBODY = 0,
	WHO_ROOT = 1,		/* the command line as root, a door */
	WHO_SCAN = 2,
	WHO_ADMIN_FRONT = 4,	/* the fronts, before they proved for whom */
	WHO_USER_FRONT = 8,
	WHO_ADMIN = 16,		/* a ticket of admin.cgi */
	WHO_RESELLER = 32,	/* a ticket of reseller.cgi */
	WHO_ACCOUNT = 64,	/* an accepted socket of user.sock */
};

struct caller {
	enum who who;
	char by[72];		/* login or account; "root" on the command line */
	char door[24];		/* "cli", "admin.cgi", "reseller.cgi", "user" */
	char from[48];		/* client address, "" unless known */
};

/* What a peer's uid alone says, and what goes with it. */
struct peer_rule {
	const char *account;	/* its name in the passwd database */
	enum who who;
	int slots;		/* connections at a time; 0: as the socket allows */
	int idle_ms;		/* silence between two requests */
};

/* NULL: this uid has no business here. */
const struct peer_rule *caller_rule(uid_t uid);
/* Takes one of the rule's slots for the life of this process. ERR_LIMIT when
 * all are taken. (systemd 239 cannot count connections per uid.) */
int caller_take_slot(const struct peer_rule *rule, struct err *e);
/* The same, now or not at all. */
int caller_try_slot(const struct peer_rule *rule, struct err *e);

/*
 * May this caller touch this account's domains? Root and an admin's ticket:
 * any account of the server; a reseller's ticket: those that the login owns now
 * (also when the login is root); a user: the own. Asked for every change anew.
 */
int caller_may_touch(const struct caller *c, const char *account, struct err *e);

#endif
