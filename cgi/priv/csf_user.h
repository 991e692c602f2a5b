#ifndef PRIV_CSF_USER_H
#define PRIV_CSF_USER_H

#include "priv/setting.h"

/*
 * Whether CSF's SMTP_BLOCK lets an account connect to other mail servers by
 * itself: the name is an account's, the value "exempt" while SMTP_ALLOWUSER in csf.conf
 * lists it, else "restricted".
 */
extern const struct setting setting_csf_user;
bool valid_csf_user(const char *value);

#endif
