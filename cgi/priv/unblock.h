#ifndef PRIV_UNBLOCK_H
#define PRIV_UNBLOCK_H

#include "priv/setting.h"

/*
 * One address out of one list that blocks it; name is the address. Values are
 * those of priv/address_list.h, and "listed" where there are no lines.
 */

/* CSF's csf.deny and its rule: `csf -dr`, put back by `csf -d` and with the line
 * in its old place. (csf writes the file anew and strips each line's blanks; what
 * it stripped is put back.) csf keeps a line that says "do not delete". */
extern const struct setting setting_csf_deny;
/* A file beneath /etc/csf that csf.deny includes: the line goes out of it, and `csf -r`
 * makes the rules anew. The value is "PATH: " and that of address_list.h. */
extern const struct setting setting_csf_included;
/* CSF's csf.tempban: `csf -tr`. */
extern const struct setting setting_csf_temporary;
/* /etc/spammeripblocks, which Exim's ACL reads anew for each client. */
extern const struct setting setting_spammers;
/* cPHulk's blocks of an address for a time, with the logins that led to them, and
 * its blacklist: WHM API 1. Where cPHulk is off nothing is listed. */
extern const struct setting setting_hulk;
extern const struct setting setting_hulk_black;

#define LISTED "listed"

/* "/etc/csf/x: line 2: TEXT", the file one that may be changed. */
bool valid_included_line(const char *s);

#endif
