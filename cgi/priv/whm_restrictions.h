#ifndef PRIV_WHM_RESTRICTIONS_H
#define PRIV_WHM_RESTRICTIONS_H

#include <stdbool.h>

#include "base/err.h"

/*
 * WHM's own SMTP Restrictions: the key smtpmailgidonly in
 * /var/cpanel/cpanel.config, the flag file /var/cpanel/smtpgidonlytweak, and rules
 * that a flush of the firewall takes away while both of these stay. Set through
 * WHM API 1 (set_tweaksetting), which keeps the three together; what is read
 * afterwards decides. The rules themselves are judged by the scan.
 */
struct whm_restrictions {
	bool key;	/* written, and 1 */
	bool flag;
};

int whm_restrictions_read(struct whm_restrictions *r, struct err *e);
/* Turned off first where they are on already, so that the rules are made anew. */
int whm_restrictions_set(bool on, int lock, struct err *e);
/* The rules anew if both say on; nothing otherwise. */
int whm_restrictions_renew(int lock, struct err *e);

#endif
