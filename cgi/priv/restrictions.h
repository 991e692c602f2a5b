#ifndef PRIV_RESTRICTIONS_H
#define PRIV_RESTRICTIONS_H

#include "priv/setting.h"

/*
 * Who restricts the sites' own programs, as one text: "WHM on, CSF off". WHM's part
 * is "on", "off", or "half on" when its key and its flag file disagree; CSF's is its
 * SMTP_BLOCK, or "absent" where CSF does not run. The name is "server".
 */
extern const struct setting setting_restrictions;
bool valid_restrictions_name(const char *name);
bool valid_restrictions(const char *text);
/* What may be asked for: whole, and not that nobody restricts them. */
bool valid_restrictions_wish(const char *text);
/* That nobody does. */
bool valid_restrictions_lifted(const char *text);

#endif
